# Completion of flagman(1) for bash.
#
# It reads the words before the cursor as flagman itself does, with what `flagman --list` says of the
# actions: after an action's name as many words are the action's as it declares.

# From crates/flagman/src/cli/options.rs, by `just generate`.
# begin generated: options
_flagman_options='--hup --usr1 --usr2 --on --list --check --config --successful-empty --overlap --quiet-period --timeout --grace --action-dir --pid-file --log-format --log-time --notify-reload --no-systemd --quiet --errors-only --verbose --help --version'
_flagman_signal_options='--hup --usr1 --usr2 --on'
_flagman_letters='lqvhV'
_flagman_signals='HUP INT QUIT USR1 USR2 ALRM TERM STKFLT CONT TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR RTMIN RTMIN+1 RTMIN+2 RTMIN+3 RTMIN+4 RTMIN+5 RTMIN+6 RTMIN+7 RTMIN+8 RTMIN+9 RTMIN+10 RTMIN+11 RTMIN+12 RTMIN+13 RTMIN+14 RTMIN+15 RTMIN+16 RTMIN+17 RTMIN+18 RTMIN+19 RTMIN+20 RTMIN+21 RTMIN+22 RTMIN+23 RTMIN+24 RTMIN+25 RTMIN+26 RTMIN+27 RTMIN+28 RTMIN+29 RTMIN+30 RTMAX'
_flagman_policies='timeout= retries= retry-delay= give-up= on-failure= name='
_flagman_takes() {
    case $1 in
    --hup) REPLY='action' ;;
    --usr1) REPLY='action' ;;
    --usr2) REPLY='action' ;;
    --on) REPLY='signal' ;;
    --config) REPLY='file' ;;
    --overlap) REPLY='of signal: ignore rerun/each' ;;
    --quiet-period) REPLY='of signal: /' ;;
    --timeout) REPLY='number' ;;
    --grace) REPLY='number' ;;
    --action-dir) REPLY='directory' ;;
    --pid-file) REPLY='file' ;;
    --log-format) REPLY='one of: text journal json' ;;
    *) REPLY=nothing ;;
    esac
}
_flagman_policy_values() {
    case $1 in
    timeout) REPLY='none' ;;
    on-failure) REPLY='continue stop exit' ;;
    *) REPLY='' ;;
    esac
}
# end generated: options

# The word $1 without its quotes and with a home directory for its tilde; nothing else is expanded, for
# that could run commands.
_flagman_plain() {
    REPLY=$1
    case $REPLY in '~/'*) REPLY=$HOME/${REPLY#'~/'} ;; esac
    case $REPLY in
    *[\\\'\"]*) REPLY=$(xargs printf '%s' <<<"$REPLY" 2>/dev/null) ;;
    esac
}

# Sets `words` to those up to the cursor. bash has split them at `=` and `:` too, and what follows
# the last such character is all that it will replace.
_flagman_split() {
    local rest=${COMP_LINE#*"${COMP_WORDS[0]}"} index word trimmed
    words=("${COMP_WORDS[0]}")
    for ((index = 1; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        trimmed=${rest#"${rest%%[![:blank:]]*}"}
        if [[ $trimmed == "$rest" ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        rest=${trimmed#"$word"}
    done
    case $word in '=' | ':') word='' ;; esac
    kept=${words[-1]%"$word"}
}

# Asks flagman for its actions: their `names`, and in `declared` the arguments of each.
_flagman_ask() {
    if [[ -n $asked ]]; then return; fi
    asked=yes names=()
    local line name='' text='' lines
    mapfile -t lines < <("$program" --list "${directories[@]}" </dev/null 2>/dev/null)
    # The first two lines are the heading.
    for line in "${lines[@]:2}"; do
        case $line in
        ' '*)
            line=${line#"${line%%[! ]*}"}
            if [[ -n $text || $line =~ ^\(\[?[^\ ]+:\  ]]; then
                text+=" $line"
                declared[$name]=${text:2:-1}
            fi
            ;;
        *)
            name=${line%% *} text=''
            names+=("$name")
            declared[$name]=''
            ;;
        esac
    done
}

# Sets what the action's next word is: its `kind`, and whether it is required, optional or repeated;
# `arity` is empty when all its words are there.
_flagman_expect() {
    arity='' kind=''
    _flagman_ask
    if [[ -z ${declared[$action]+known} ]]; then
        arity=unknown kind=path
        return
    fi
    local -a arguments
    IFS=, read -ra arguments <<<"${declared[$action]}"
    local argument=${arguments[taken]-}
    if [[ -z $argument && ${#arguments[@]} -gt 0 && ${arguments[-1]} == *' ...' ]]; then
        argument=${arguments[-1]}
    fi
    case $argument in
    '') return ;;
    *' ...') arity=repeated ;;
    *']') arity=optional ;;
    *) arity=required ;;
    esac
    kind=${argument#*: }
    kind=${kind%%[] ]*}
    if [[ $action == exec ]]; then
        kind=path
        if ((taken == 0)); then kind=command; fi
    fi
}

_flagman_is_option() {
    if [[ $1 == --* ]]; then
        [[ " $_flagman_options " == *" ${1%%=*} "* ]]
    else
        [[ $1 =~ ^-[$_flagman_letters]+$ ]]
    fi
}

# Whether the word $1 is the action's.
_flagman_is_taken() {
    if [[ $1 == ';' || $1 == -- || " $_flagman_signal_options " == *" ${1%%=*} "* ]]; then return 1; fi
    _flagman_expect
    case $arity in
    '') return 1 ;;
    optional | unknown) ! _flagman_is_option "$1" ;;
    *) return 0 ;;
    esac
}

# Takes note of a word before the cursor: `state` is what the next one is.
_flagman_read() {
    case $state in
    command) return ;;
    signal)
        # The action may be joined to it.
        case $1 in *=*) state=option ;; *) state=name takes=action ;; esac
        return
        ;;
    name)
        # A word with a `=` is a policy.
        case $1 in *=*) ;; *) action=$1 taken=0 state=words ;; esac
        return
        ;;
    value)
        if [[ $takes == directory ]]; then directories+=(--action-dir "$1") asked=''; fi
        state=option
        return
        ;;
    words)
        if _flagman_is_taken "$1"; then
            taken=$((taken + 1))
            return
        fi
        ;;
    esac
    state=option
    case $1 in
    --) state=command ;;
    --action-dir=*) directories+=("$1") asked='' ;;
    *=*) ;;
    *)
        _flagman_takes "$1"
        takes=$REPLY
        case $takes in
        nothing) ;;
        action) state=name ;;
        signal) state=signal ;;
        *) state=value ;;
        esac
        ;;
    esac
}

# Prints the signals that begin as $1 does, in its case and with its SIG, each with $2 after it.
_flagman_signals_like() {
    local sig='' signals=$_flagman_signals
    case $1 in sig* | SIG*) sig=${1:0:3} ;; esac
    case $1 in *[a-z]*) signals=${signals,,} ;; esac
    compgen -P "$sig" -S "$2" -W "$signals" -- "${1#"$sig"}"
}

# Keeps the cursor where it is after the only word that is offered, if a value follows its `=`.
_flagman_stay() {
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}

# Sets COMPREPLY for the words after NAME= or SIGNAL=, which are in $2.
_flagman_after_name() {
    mapfile -t COMPREPLY < <(compgen -P "${1%%=*}=" -W "$2" -- "${1#*=}")
}

# Sets COMPREPLY for a value that is for all signals, or that has a SIGNAL= before it.
_flagman_of_signal() {
    local words=${takes#*: }
    case $1 in
    [Rr][Tt]*=* | [Ss][Ii][Gg][Rr][Tt]*=*) words=${words/\// } ;;
    *) words=${words%%/*} ;;
    esac
    case $1 in
    *=*) _flagman_after_name "$1" "$words" ;;
    *)
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$1")
        # All signals would hide the few words.
        if [[ -n $1 && ${#COMPREPLY[@]} -eq 0 ]]; then
            mapfile -t COMPREPLY < <(_flagman_signals_like "$1" =)
            _flagman_stay
        fi
        ;;
    esac
}

# Sets COMPREPLY for a value that begins as $1 does.
_flagman_values() {
    case $takes in
    action)
        _flagman_ask
        mapfile -t COMPREPLY < <(compgen -W "${names[*]}" -- "$1")
        ;;
    signal)
        case $1 in
        *=*)
            _flagman_ask
            _flagman_after_name "$1" "${names[*]}"
            ;;
        *) mapfile -t COMPREPLY < <(_flagman_signals_like "$1" '') ;;
        esac
        ;;
    'of signal: '*) _flagman_of_signal "$1" ;;
    'one of: '*) mapfile -t COMPREPLY < <(compgen -W "${takes#*: }" -- "$1") ;;
    directory) _flagman_paths -d "$1" ;;
    file) _flagman_paths -f "$1" ;;
    esac
}

_flagman_paths() {
    mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
    compopt -o filenames 2>/dev/null
}

# Sets COMPREPLY for an action's name, or a policy before it.
_flagman_name_or_policy() {
    case $1 in
    *=*)
        _flagman_policy_values "${1%%=*}"
        _flagman_after_name "$1" "$REPLY"
        ;;
    *)
        _flagman_ask
        mapfile -t COMPREPLY < <(compgen -W "${names[*]} $_flagman_policies" -- "$1")
        _flagman_stay
        ;;
    esac
}

# Sets COMPREPLY for the next word of an action, or for an option where one may stand.
_flagman_words() {
    local options=''
    _flagman_expect
    case $arity in
    '' | optional | unknown) options=$_flagman_options ;;
    repeated) options=$_flagman_signal_options ;;
    esac
    if [[ $1 == -* || -z $arity ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$1")
        return
    fi
    case $kind in
    command) _flagman_paths -c "$1" ;;
    path) _flagman_paths -f "$1" ;;
    bool) mapfile -t COMPREPLY < <(compgen -W 'true false' -- "$1") ;;
    esac
}

_flagman() {
    local state=option action='' taken=0 takes='' arity='' kind='' asked='' kept='' index REPLY
    local -a words=() names=() directories=()
    local -A declared=()
    COMPREPLY=()
    _flagman_split
    _flagman_plain "$1"
    local program=$REPLY
    for ((index = 1; index < ${#words[@]} - 1; index++)); do
        _flagman_plain "${words[index]}"
        _flagman_read "$REPLY"
    done
    local current=${words[-1]}
    case $state in
    command) ;;
    name) _flagman_name_or_policy "$current" ;;
    signal | value) _flagman_values "$current" ;;
    words) _flagman_words "$current" ;;
    option)
        if [[ $current == --*=* ]]; then
            _flagman_takes "${current%%=*}"
            takes=$REPLY
            # The signal of --on is a word of its own.
            if [[ $takes != signal ]]; then _flagman_values "${current#*=}"; fi
            COMPREPLY=("${COMPREPLY[@]/#/${current%%=*}=}")
        else
            mapfile -t COMPREPLY < <(compgen -W "$_flagman_options" -- "$current")
        fi
        ;;
    esac
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

complete -F _flagman flagman
