CREATE TABLE made_by_the_bad_script (id integer);
SELECT 1 / 0;
