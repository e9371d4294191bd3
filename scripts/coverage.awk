# Formats the report of scripts/coverage from llvm-cov's data for each line (in lcov's format): a
# table of the parts of flagman, and the lines that no test reaches. Leaves out the tests at the end
# of a file. `root` is the folder that the file names start with.

/^SF:/ {
    path = substr($0, 4)
    name = path
    if (index(path, root) == 1) name = substr(path, length(root) + 1)
    area = name
    sub(/^crates\//, "", area)
    sub(/\/[^\/]*$/, "", area)
    sub(/\/src/, "", area)
    # Show at most one folder below the crate.
    if (split(area, folder, "/") > 2) area = folder[1] "/" folder[2]
    if (!(area in lines)) areas[++count] = area
    read_source()
}

/^DA:/ {
    split(substr($0, 4), fields, ",")
    if (fields[1] >= first_of_tests) next
    lines[area]++
    if (fields[2] == 0) missed[area]++
    if (fields[2] == 0) unreached[++most] = name ":" fields[1] ": " source[fields[1]]
}

END {
    printf "\n%-28s %7s %12s %9s\n", "part", "lines", "not reached", "reached"
    for (number = 1; number <= count; number++) {
        row(areas[number], lines[areas[number]], missed[areas[number]])
        all_lines += lines[areas[number]]
        all_missed += missed[areas[number]]
    }
    row("all", all_lines, all_missed)
    print "\nNo test reaches:"
    for (number = 1; number <= most; number++) print unreached[number]
}

function row(part, of, without) {
    printf "%-28s %7d %12d %8.1f%%\n", part, of, without, of ? 100 * (of - without) / of : 100
}

function read_source(   line) {
    first_of_tests = 1e9
    for (line = 1; (getline source[line] < path) > 0; line++)
        if (source[line] ~ /^mod tests \{/) first_of_tests = line
    close(path)
}
