"""Features become calibrated ordinal probabilities, prediction sets and evidence."""
