"""What is asked, one file per topic, named as the learner's file in ops/, and the parts that are too long for one."""
