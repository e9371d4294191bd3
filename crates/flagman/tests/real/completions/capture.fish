# Prints what fish offers for the last word of LINE, one on a line, with its description after a tab:
# fish --no-config capture.fish COMPLETION LINE
source $argv[1]
complete -C $argv[2]
