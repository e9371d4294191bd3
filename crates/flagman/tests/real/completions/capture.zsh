# Prints what zsh offers for the last word of LINE, one on a line, with its description after a tab:
# zsh -f capture.zsh FOLDER LINE
#
# An interactive zsh in a terminal of its own gets the line and a key that completes it; what the
# completion adds is noted on the way, and neither inserted nor listed.
zmodload zsh/zpty
folder=$1 line=$2 noted=$(mktemp)

# With -O, -A or -D compadd only says what would be offered.
prepare='
PROMPT= TERM=dumb COLUMNS=200
fpath=('${(q)folder}' $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
    local -a offered descriptions
    local index
    for (( index = 1; index <= $#; index++ )); do
        case ${@[index]} in
        -[OAD]) builtin compadd "$@"; return ;;
        -d) descriptions=("${(@P)@[index + 1]}") ;;
        esac
    done
    builtin compadd -A offered "$@"
    for (( index = 1; index <= $#offered; index++ )); do
        print -r -- "${(Q)offered[index]}"$'\''\t'\''"${descriptions[index]}"
    done >>'${(q)noted}'
    builtin compadd "$@"
}
capture() { _main_complete; compstate[insert]= compstate[list]=; print COMP\LETED }
zle -C capture complete-word capture
bindkey "^X" capture
print PRE\PARED'

zpty terminal zsh -f -i
# What is typed comes back as an echo too, and must not be taken for the answer: hence the backslashes.
zpty -w terminal $prepare
zpty -r -m terminal answer $'*PREPARED\r\n*'
zpty -w -n terminal $line$'\x18'
zpty -r -m terminal answer $'*COMPLETED\r\n*'
zpty -d terminal
cat $noted
rm $noted
