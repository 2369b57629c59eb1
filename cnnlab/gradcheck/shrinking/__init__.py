"""Shrink a failing case to the smallest that fails in the same way, and work it out by hand.

attempt runs one case; axis_links finds the axes that must be cut together; smaller_cases proposes smaller cases;
small_numbers puts small whole numbers in; written_sum writes an entry of the gradient out as a sum; show_attempt makes
an example of what is left; make_example joins them.
"""
