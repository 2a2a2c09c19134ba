"""What a raw cell may say: unknown, yes or no, a number, a sum of money or a date, however it is written."""
