# Completion of flagman(1) for fish.
#
# It reads the words before the cursor as flagman itself does, with what `flagman --list` says of the
# actions: after an action's name as many words are the action's as it declares.

# From crates/flagman/src/cli/options.rs, by `just generate`.
# begin generated: options
set -g _flagman_options \
    --hup\t'add an action for SIGHUP' \
    --usr1\t'add an action for SIGUSR1' \
    --usr2\t'add an action for SIGUSR2' \
    --on\t'add an action for any signal that can be caught' \
    --list\t'list known actions and exit' \
    -l\t'list known actions and exit' \
    --check\t'check this command line, show how flagman reads it, and exit without starting anything' \
    --config\t'read actions and options from this file too' \
    --successful-empty\t'if all actions are removed, exit with 0 instead of 1' \
    --overlap\t'what to do with a signal that arrives while its own actions run' \
    --quiet-period\t'run a signal'\''s actions when it has not arrived again for this time, and after ten times as long in any case' \
    --timeout\t'stop a run of exec or of an action program after this time' \
    --grace\t'how long a shutdown may take before flagman is forced out' \
    --action-dir\t'look for action programs here first' \
    --pid-file\t'write the process id to this file when ready, and remove it at the end' \
    --log-format\t'the form of log lines' \
    --log-time\t'begin each text line of the log with the time' \
    --notify-reload\t'tell systemd when the actions for SIGHUP have ended' \
    --no-systemd\t'do not notify systemd about status' \
    --quiet\t'only output critical messages, and the two start lines' \
    -q\t'only output critical messages, and the two start lines' \
    --errors-only\t'only output errors and critical messages, without the two start lines' \
    --verbose\t'log more' \
    -v\t'log more' \
    --help\t'print this help and exit' \
    -h\t'print this help and exit' \
    --version\t'print the version and exit' \
    -V\t'print the version and exit'
set -g _flagman_signal_options \
    --hup\t'add an action for SIGHUP' \
    --usr1\t'add an action for SIGUSR1' \
    --usr2\t'add an action for SIGUSR2' \
    --on\t'add an action for any signal that can be caught'
set -g _flagman_letters lqvhV
set -g _flagman_signals HUP INT QUIT USR1 USR2 ALRM TERM STKFLT CONT TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR RTMIN RTMIN+1 RTMIN+2 RTMIN+3 RTMIN+4 RTMIN+5 RTMIN+6 RTMIN+7 RTMIN+8 RTMIN+9 RTMIN+10 RTMIN+11 RTMIN+12 RTMIN+13 RTMIN+14 RTMIN+15 RTMIN+16 RTMIN+17 RTMIN+18 RTMIN+19 RTMIN+20 RTMIN+21 RTMIN+22 RTMIN+23 RTMIN+24 RTMIN+25 RTMIN+26 RTMIN+27 RTMIN+28 RTMIN+29 RTMIN+30 RTMAX
set -g _flagman_policies \
    timeout=\t'stop a run of this action after this time, or never' \
    retries=\t'how often a failed run is tried again, for the same signal' \
    retry-delay=\t'how long to wait before the first retry' \
    give-up=\t'no further try starts when this time has passed since the first one started' \
    on-failure=\t'what follows when the last try has failed' \
    name=\t'what this action is called in the log, in the status and in metrics'
function _flagman_takes
    switch $argv[1]
        case --hup
            echo 'action'
        case --usr1
            echo 'action'
        case --usr2
            echo 'action'
        case --on
            echo 'signal'
        case --config
            echo 'file'
        case --overlap
            echo 'of signal: ignore rerun/each'
        case --quiet-period
            echo 'of signal: /'
        case --timeout
            echo 'number'
        case --grace
            echo 'number'
        case --action-dir
            echo 'directory'
        case --pid-file
            echo 'file'
        case --log-format
            echo 'one of: text journal json'
        case '*'
            echo nothing
    end
end
function _flagman_policy_values
    switch $argv[1]
        case timeout
            printf 'none\n'
        case on-failure
            printf 'continue\nstop\nexit\n'
    end
end
# end generated: options

# The functions below share the variables of `_flagman_complete`.

# Asks flagman for its actions: `names`, in `does` what they do, and in `declared` their arguments.
function _flagman_ask --no-scope-shadowing
    test -n "$asked"; and return
    set asked yes
    set names
    set does
    set declared
    set -l text ''
    # The first two lines are the heading.
    for line in ($program --list $directories </dev/null 2>/dev/null)[3..-1]
        if not string match -q ' *' -- $line
            set text ''
            set -a names (string split -f 1 ' ' -- $line)
            set -a does (string replace -r '^[^ ]+ +- ' '' -- $line | string replace -ra '[[:cntrl:]]' '')
            set -a declared ''
            continue
        end
        set line (string trim -- $line)
        if test -n "$text"; or string match -qr '^\(\[?[^ ]+: ' -- $line
            set text "$text $line"
            set declared[-1] (string sub -s 3 -e -1 -- $text)
        else
            set does[-1] "$does[-1] "(string replace -ra '[[:cntrl:]]' '' -- $line)
        end
    end
end

# Sets what the action's next word is: its `kind`, and whether it is required, optional or repeated;
# `arity` is empty when all its words are there.
function _flagman_expect --no-scope-shadowing
    set arity ''
    set kind ''
    _flagman_ask
    set -l index (contains -i -- $action $names)
    if test -z "$index"
        set arity unknown
        set kind path
        return
    end
    set -l arguments (string split -n ', ' -- $declared[$index])
    set -l argument $arguments[(math $taken + 1)]
    if test -z "$argument"; and string match -q '* ...' -- $arguments[-1]
        set argument $arguments[-1]
    end
    switch "$argument"
        case ''
            return
        case '* ...'
            set arity repeated
        case '*]'
            set arity optional
        case '*'
            set arity required
    end
    set kind (string replace -r '^[^:]*: ([a-z]*).*$' '$1' -- $argument)
    if test $action = exec
        set kind path
        test $taken -eq 0; and set kind command
    end
end

function _flagman_is_option
    if string match -q -- '--*' $argv[1]
        string match -q -- (string split -f 1 = -- $argv[1])\t'*' $_flagman_options
    else
        string match -qr -- "^-[$_flagman_letters]+\$" $argv[1]
    end
end

# Whether a word is the action's.
function _flagman_is_taken --no-scope-shadowing
    contains -- "$argv[1]" ';' --; and return 1
    string match -q -- (string split -f 1 = -- $argv[1])\t'*' $_flagman_signal_options; and return 1
    _flagman_expect
    switch $arity
        case ''
            return 1
        case optional unknown
            not _flagman_is_option $argv[1]
        case '*'
            return 0
    end
end

# Takes note of a word before the cursor: `state` is what the next one is.
function _flagman_read --no-scope-shadowing
    switch $state
        case command
            return
        case signal
            # The action may be joined to it.
            if string match -q -- '*=*' $argv[1]
                set state option
            else
                set state name
                set takes action
            end
            return
        case name
            # A word with a `=` is a policy.
            string match -q -- '*=*' $argv[1]; and return
            set action $argv[1]
            set taken 0
            set state words
            return
        case value
            if test $takes = directory
                set -a directories --action-dir (string replace -r '^~/' "$HOME/" -- $argv[1])
                set asked ''
            end
            set state option
            return
        case words
            if _flagman_is_taken $argv[1]
                set taken (math $taken + 1)
                return
            end
    end
    set state option
    if test "$argv[1]" = --
        set state command
    else if string match -q -- '--action-dir=*' $argv[1]
        set -a directories (string replace -r '=~/' "=$HOME/" -- $argv[1])
        set asked ''
    else if not string match -q -- '*=*' $argv[1]
        set takes (_flagman_takes $argv[1])
        switch $takes
            case nothing
            case action
                set state name
            case signal
                set state signal
            case '*'
                set state value
        end
    end
end

# Prints the signals in the case of the value that is typed and with its SIG, each with $argv[1] after it.
function _flagman_signals_like --no-scope-shadowing
    set -l signals $_flagman_signals
    string match -qr '[a-z]' -- $value; and set signals (string lower -- $signals)
    printf '%s\n' $before(string match -r '^(?:sig|SIG)' -- $value; or echo '')$signals$argv[1]
end

# Prints the values of what is for all signals, or has a SIGNAL= before it.
function _flagman_of_signal --no-scope-shadowing
    set -l words (string replace 'of signal: ' '' -- $takes | string split /)
    set -l all (string split -n ' ' -- $words[1])
    if string match -q -- '*=*' $value
        set before $before(string split -m 1 -f 1 = -- $value)=
        string match -qri '^(sig)?rt' -- $value; and set -a all (string split -n ' ' -- $words[2])
        printf '%s\n' $before$all
    else
        # All signals would hide the few words.
        if test -z "$value"; or string match -q -- "$value*" $all
            printf '%s\n' $before$all
        else
            _flagman_signals_like =
        end
    end
end

# Prints the names of the actions, or policies before one.
function _flagman_name_or_policy --no-scope-shadowing
    if string match -q -- '*=*' $current
        set -l name (string split -m 1 -f 1 = -- $current)
        printf '%s\n' $name=(_flagman_policy_values $name)
    else
        _flagman_values
        printf '%s\n' $_flagman_policies
    end
end

# Prints the values that an option takes, each after $before.
function _flagman_values --no-scope-shadowing
    set -l value (string sub -s (math (string length -- "$before") + 1) -- $current)
    switch $takes
        case action
            _flagman_ask
            for index in (seq (count $names))
                echo $before$names[$index]\t$does[$index]
            end
        case signal
            if string match -q -- '*=*' $value
                set before $before(string split -m 1 -f 1 = -- $value)=
                _flagman_ask
                for index in (seq (count $names))
                    echo $before$names[$index]\t$does[$index]
                end
            else
                _flagman_signals_like ''
            end
        case 'of signal: *'
            _flagman_of_signal
        case 'one of: *'
            string split ' ' -- $before(string replace 'one of: ' '' -- $takes | string split ' ')
        case directory
            printf '%s\n' $before(__fish_complete_directories (string replace -- "$before" '' $current))
        case file
            printf '%s\n' $before(__fish_complete_path (string replace -- "$before" '' $current))
    end
end

# Prints what the next word of an action can be, or options where one may stand.
function _flagman_words --no-scope-shadowing
    _flagman_expect
    if test -z "$arity"
        printf '%s\n' $_flagman_options
        return
    else if string match -q -- '-*' $current
        switch $arity
            case optional unknown
                printf '%s\n' $_flagman_options
                return
            case repeated
                printf '%s\n' $_flagman_signal_options
                return
        end
    end
    switch $kind
        case command
            __fish_complete_command
        case path
            __fish_complete_path $current
        case bool
            printf '%s\n' true false
    end
end

function _flagman_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    set -l state option
    set -l takes
    set -l before ''
    set -l action
    set -l taken 0
    set -l arity
    set -l kind
    set -l asked
    set -l names
    set -l does
    set -l declared
    set -l directories
    for word in $typed[2..-1]
        _flagman_read $word
    end
    switch $state
        case command
        case name
            _flagman_name_or_policy
        case signal value
            _flagman_values
        case words
            _flagman_words
        case option
            if string match -q -- '--*=*' $current
                set before (string split -f 1 = -- $current)=
                set takes (_flagman_takes (string trim -r -c = -- $before))
                # The signal of --on is a word of its own.
                test $takes != signal; and _flagman_values
            else
                printf '%s\n' $_flagman_options
            end
    end
end

complete -c flagman -f -a '(_flagman_complete)'
