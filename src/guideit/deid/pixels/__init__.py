"""Text burned into pixels: found, decided on, blanked."""
