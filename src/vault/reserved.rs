//! Reserved names: variables that change how programs are loaded, found or started. A vault that sets one
//! could run code in everything that gets its environment.

/// Why a name is reserved; none if it is free.
pub fn reserved(name: &str) -> Option<&'static str> {
    if is_own(name) {
        return Some("etui itself reads it");
    }
    let by_name = NAMES.iter().find(|(names, _)| names.contains(&name));
    let by_prefix = || PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
    by_name.map(|(_, why)| *why).or_else(|| by_prefix().map(|(_, why)| *why))
}

/// Whether a name is etui's own, which no option allows.
pub fn is_own(name: &str) -> bool {
    name.starts_with("ETUI_")
}

const PREFIXES: &[(&str, &str)] = &[
    ("LD_", "the system's loader takes libraries from it"),
    ("DYLD_", "the system's loader takes libraries from it"),
    ("GIT_CONFIG", "git takes commands to run from it"),
    ("BASH_FUNC_", "bash takes functions from it"),
];

const NAMES: &[(&[&str], &str)] = &[
    (&["PATH"], "programs are found by it"),
    (&["IFS"], "shells split every word by it"),
    (
        &["BASH_ENV", "ZDOTDIR", "PROMPT_COMMAND", "PS4", "SHELLOPTS", "BASHOPTS"],
        "shells run what it says as they start",
    ),
    (
        &[
            "GIT_SSH",
            "GIT_SSH_COMMAND",
            "GIT_ASKPASS",
            "GIT_EDITOR",
            "GIT_SEQUENCE_EDITOR",
            "GIT_PAGER",
            "GIT_EXTERNAL_DIFF",
            "GIT_PROXY_COMMAND",
            "GIT_EXEC_PATH",
            "GIT_TEMPLATE_DIR",
            "SSH_ASKPASS",
        ],
        "git runs what it says",
    ),
    (&["NODE_OPTIONS", "NODE_PATH"], "node loads code by it"),
    (&["PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONINSPECT"], "python loads code by it"),
    (&["PERL5OPT", "PERL5LIB", "PERL5DB", "PERLLIB"], "perl loads code by it"),
    (&["RUBYOPT", "RUBYLIB"], "ruby loads code by it"),
    (&["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"], "java loads code by it"),
    (&["GCONV_PATH", "GLIBC_TUNABLES"], "the C library loads code by it"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_runs_code_and_lets_people_have_the_rest() {
        for name in ["PATH", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "GIT_CONFIG_COUNT", "NODE_OPTIONS", "ETUI_X"] {
            assert!(reserved(name).is_some(), "{name}");
        }
        for name in ["ENV", "PATH_TO_X", "GIT_TOKEN", "PYTHON", "HOME_URL", "LDAP_URL", "ETUIX"] {
            assert_eq!(reserved(name), None, "{name}");
        }
        assert!(is_own("ETUI_KEY") && !is_own("PATH"));
    }
}
