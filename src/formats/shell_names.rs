//! Names that a shell owns: assigning to them fails, does nothing, or ends the script.

/// What happens if the variable is set in bash, zsh, ksh or dash; none if nothing does.
pub(super) fn posix(name: &str) -> Option<&'static str> {
    const ZSH: &[&str] = &[
        "status",
        "path",
        "argv",
        "options",
        "functions",
        "commands",
        "aliases",
        "history",
        "signals",
        "fpath",
        "cdpath",
        "manpath",
        "mailpath",
        "psvar",
        "module_path",
        "pipestatus",
    ];
    const MANY: &[&str] = &[
        "UID",
        "EUID",
        "GID",
        "PPID",
        "RANDOM",
        "SRANDOM",
        "SECONDS",
        "LINENO",
        "COLUMNS",
        "LINES",
        "SHLVL",
        "OPTIND",
        "KEYTIMEOUT",
        "ERRNO",
        "HISTCMD",
        "TMOUT",
        "GROUPS",
        "SHELLOPTS",
        "BASHOPTS",
    ];
    if ZSH.contains(&name) {
        Some("belongs to zsh, which ends the script there")
    } else if MANY.contains(&name) {
        Some("belongs to the shell, which ignores it or ends the script there")
    } else {
        None
    }
}

/// The same for fish, which drops such an assignment.
pub(super) fn fish(name: &str) -> Option<&'static str> {
    let owned = ["status", "version", "history", "umask", "pipestatus", "hostname", "fish_pid", "PWD", "SHLVL"];
    owned.contains(&name).then_some("belongs to fish, which drops it")
}
