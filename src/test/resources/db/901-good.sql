CREATE TABLE made_by_the_good_script (id integer);
