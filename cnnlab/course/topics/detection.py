"""Chapters 14 and 15: boxes and what they cut out. What is asked of detection.py, with a file for each idea."""

from __future__ import annotations

from cnnlab.course.topics import box_overlap, map_overlap, roi_align, roi_max_pool

OPERATIONS = (
    map_overlap.MEAN_IOU,
    box_overlap.BOX_IOU,
    roi_max_pool.ROI_MAX_POOL,
    roi_align.ROI_ALIGN,
)
