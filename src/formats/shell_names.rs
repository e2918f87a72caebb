//! Names that a shell reserves: assigning to them fails, does nothing, or ends the script.

use super::variable::Variable;

/// Special parameters of zsh in lower case.
#[rustfmt::skip]
const ZSH: &[&str] = &[
    "status", "path", "argv", "options", "functions", "commands", "aliases", "history", "signals", "fpath", "cdpath",
    "manpath", "mailpath", "psvar", "module_path", "pipestatus",
];

/// Special parameters of at least one of bash, zsh, ksh and dash.
#[rustfmt::skip]
const POSIX: &[&str] = &[
    "UID", "EUID", "GID", "PPID", "RANDOM", "SRANDOM", "SECONDS", "LINENO", "COLUMNS", "LINES", "SHLVL", "OPTIND",
    "KEYTIMEOUT", "ERRNO", "HISTCMD", "TMOUT", "GROUPS", "SHELLOPTS", "BASHOPTS",
];

const FISH: &[&str] = &["status", "version", "history", "umask", "pipestatus", "hostname", "fish_pid", "PWD", "SHLVL"];

/// Returns a warning for each variable whose name the shell reserves.
pub fn warnings(variables: &[Variable<'_>], effect: fn(&str) -> Option<&'static str>) -> Vec<String> {
    let warning = |Variable { name, .. }: &Variable<'_>| Some(format!("{name} {}", effect(name)?));
    variables.iter().filter_map(warning).collect()
}

/// Returns what bash, zsh, ksh or dash does with an assignment to a name that it reserves.
pub fn posix(name: &str) -> Option<&'static str> {
    if ZSH.contains(&name) {
        Some("is reserved by zsh, which ends the script there")
    } else if POSIX.contains(&name) {
        Some("is reserved by the shell, which ignores the assignment or ends the script there")
    } else {
        None
    }
}

/// Returns what fish does with an assignment to a name that it reserves.
pub fn fish(name: &str) -> Option<&'static str> {
    FISH.contains(&name).then_some("is reserved by fish, which ignores the assignment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_that_a_shell_reserves() {
        assert_eq!(posix("path"), Some("is reserved by zsh, which ends the script there"));
        assert_eq!(fish("PWD"), Some("is reserved by fish, which ignores the assignment"));
        for name in ["UID", "RANDOM", "KEYTIMEOUT", "ERRNO", "HISTCMD", "BASHOPTS", "manpath", "mailpath"] {
            assert!(posix(name).is_some(), "{name}");
        }
        assert_eq!(["PATH", "uid", "", " "].map(posix), [None; 4]);
    }
}
