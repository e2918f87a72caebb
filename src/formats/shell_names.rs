//! Names that a shell reserves: assigning to them fails, does nothing, or ends the script.

use super::text::Misreading;
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
pub fn warnings<'v>(variables: &[Variable<'v>], effect: fn(&str) -> Option<&'static str>) -> Vec<Misreading<'v>> {
    variables.iter().filter_map(|variable| Some((variable.name, effect(variable.name)?.into()))).collect()
}

/// Returns what bash, zsh, ksh or dash does with an assignment to a name that it reserves.
pub fn posix(name: &str) -> Option<&'static str> {
    if ZSH.contains(&name) {
        Some("would end the script in zsh, which reserves the name")
    } else if POSIX.contains(&name) {
        Some("would be ignored or end the script in a shell that reserves the name")
    } else {
        None
    }
}

/// Returns what fish does with an assignment to a name that it reserves.
pub fn fish(name: &str) -> Option<&'static str> {
    FISH.contains(&name).then_some("would be ignored by fish, which reserves the name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_that_a_shell_reserves() {
        assert_eq!(posix("path"), Some("would end the script in zsh, which reserves the name"));
        assert_eq!(fish("PWD"), Some("would be ignored by fish, which reserves the name"));
        for name in ["UID", "RANDOM", "KEYTIMEOUT", "ERRNO", "HISTCMD", "BASHOPTS", "manpath", "mailpath"] {
            assert!(posix(name).is_some(), "{name}");
        }
        assert_eq!(["PATH", "uid", "", " "].map(posix), [None; 4]);
    }
}
