//! Reserved names: variables that change how programs are found, loaded or started.
//!
//! A vault that sets one of them could run code in every program that gets its environment.

/// Returns why a name is reserved, or nothing if it is free.
pub fn reserved(name: &str) -> Option<&'static str> {
    if is_own(name) {
        return Some("etui itself reads it");
    }

    let by_name = NAMES.iter().find(|(names, _)| names.contains(&name));
    let by_prefix = PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
    by_name.map(|(_, why)| *why).or(by_prefix.map(|(_, why)| *why))
}

/// Whether a name is one of etui's own variables, which no option allows a vault to set.
pub fn is_own(name: &str) -> bool {
    name.starts_with("ETUI_")
}

const PREFIXES: &[(&str, &str)] = &[
    ("LD_", "the dynamic loader loads libraries from it"),
    ("DYLD_", "the dynamic loader loads libraries from it"),
    ("GIT_CONFIG", "git runs commands from it"),
    ("BASH_FUNC_", "bash defines functions from it"),
];

const NAMES: &[(&[&str], &str)] = &[
    (&["PATH"], "programs are looked up in it"),
    (&["IFS"], "shells split words at it"),
    (&["BASH_ENV", "ZDOTDIR", "PROMPT_COMMAND", "PS4", "SHELLOPTS", "BASHOPTS"], "shells run code from it"),
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
        "git runs a program from it",
    ),
    (&["NODE_OPTIONS", "NODE_PATH"], "node loads code from it"),
    (&["PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONINSPECT"], "python loads code from it"),
    (&["PERL5OPT", "PERL5LIB", "PERL5DB", "PERLLIB"], "perl loads code from it"),
    (&["RUBYOPT", "RUBYLIB"], "ruby loads code from it"),
    (&["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"], "java loads code from it"),
    (&["GCONV_PATH", "GLIBC_TUNABLES"], "the C library loads code from it"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserves_variables_that_run_code_and_leaves_the_rest_free() {
        for name in ["PATH", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "GIT_CONFIG_COUNT", "NODE_OPTIONS", "ETUI_X"] {
            assert!(reserved(name).is_some(), "{name}");
        }
        for name in ["ENV", "PATH_TO_X", "GIT_TOKEN", "PYTHON", "HOME_URL", "LDAP_URL", "ETUIX"] {
            assert_eq!(reserved(name), None, "{name}");
        }
        assert!(is_own("ETUI_KEY") && !is_own("PATH"));
    }
}
