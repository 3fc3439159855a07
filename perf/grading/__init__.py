"""Grading where the truth is known: generated answers and gold solutions, by our grader and by others' rules."""
