DROP FUNCTION search_films;
