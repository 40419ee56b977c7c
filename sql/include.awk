# Puts parts, or sections of parts, into the place of "-- include FILE [SECTION]".
/^-- include / {
	file = "sql/parts/" $3
	wanted = $4
	taking = wanted == ""
	found = taking
	while ((got = (getline line < file)) > 0) {
		if (wanted != "" && line ~ /^-- section /) {
			taking = line == "-- section " wanted
			found = found || taking
		}
		if (taking)
			print line
	}
	close(file)
	if (got < 0 || !found) {
		print FILENAME ":" FNR ": not found: " $0 > "/dev/stderr"
		exit 1
	}
	next
}
{ print }
