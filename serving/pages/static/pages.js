// What pages do beyond htmx: show an alert when something went wrong, remember light or dark, take a dropped file, print.

const alertBox = document.getElementById("alert");

function showAlert(text) {
  alertBox.textContent = text;
  alertBox.hidden = !text;
}

document.addEventListener("htmx:sendError", () => showAlert("The server cannot be reached. Your change may or may not have been saved; repeating it is safe."));
document.addEventListener("htmx:timeout", () => showAlert("The server takes too long. Your change may or may not have been saved; repeating it is safe."));
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) showAlert(""); });

// A refused form comes back as a page that says why; anything else comes back as a sentence.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400) return;
  if (xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  } else if (xhr.status !== 401) {
    showAlert(xhr.responseText.trim().slice(0, 400) || "Something went wrong. Reload the page and try again.");
  }
});

// The question that was answered is gone from the page: move the focus to the next one, and have the news read out.
document.addEventListener("htmx:afterSettle", (event) => {
  const deal = document.getElementById("deal");
  if (event.detail.target.id !== "deal" || !deal) return;
  const wrong = deal.querySelector(".error");
  if (wrong) wrong.closest("form").querySelector("input:not([type=hidden]), select, button").focus();
  else if (!document.activeElement || document.activeElement === document.body) {
    const next = document.querySelector(".ask .buttons > :is(button, input, select)") || document.getElementById("h-ask");
    next.focus({ preventScroll: true });
  }
  const status = document.getElementById("status");
  const text = status.innerHTML;
  status.innerHTML = "";
  requestAnimationFrame(() => { status.innerHTML = text; htmx.process(status); });
  const hero = deal.querySelector(".hero").getBoundingClientRect();
  if (hero.bottom < 80) deal.scrollIntoView({ block: "start" });
});

// What is typed to be completed is an answer once it is chosen or left, not at each letter.
document.addEventListener("input", (event) => { if (event.target.matches("input.completed")) event.stopPropagation(); }, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("themeSwitch" in button.dataset) switchTheme();
  if ("print" in button.dataset) window.print();
});

function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  document.cookie = `icp_fit_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
}

// The same button shows why a score changed and, pressed again, hides it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const button = event.target;
  if (!button.matches("button[aria-expanded]")) return;
  const isOpen = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isOpen));
  if (!isOpen) return;
  event.preventDefault();
  event.detail.target.replaceChildren();
});

for (const drop of document.querySelectorAll("[data-drop]")) {
  const input = drop.querySelector("input[type=file]");
  const show = () => { drop.querySelector("output").textContent = input.files.length ? input.files[0].name : ""; };
  input.addEventListener("change", show);
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
    });
  }
}

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter || form.querySelector("button");
    setTimeout(() => { button.disabled = true; button.textContent = button.dataset.busy || form.dataset.busy; });
  });
}
