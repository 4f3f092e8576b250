"""Rubrics, submissions and results to and from the standards of other systems, one file a standard.

A file imports only what stands before it here; the standards do not know each other.

- ground: ``loss``, ``plain``, ``sheet``, ``xmltree``, ``draft``
- rubrics, both ways: ``case_package``, ``case``, ``canvas_csv``, ``canvas_json``, ``moodle_xml``, ``ora2_xml``,
  ``google_classroom``, ``spreadsheet_grid``, ``spreadsheet``, ``own``; their door is ``convert``
- results out: ``record``, ``open_badges``, ``canvas_grades``, ``moodle_grades``
- submissions in: ``archive``, ``intake``, ``canvas_submissions``, ``moodle_submissions``, ``ora2_report``,
  ``teacher_folders``, ``reflections_csv``; their door is ``submissions``
- research and tables: ``research``, ``tables``
"""
