//! The text of a git hook, of which one part is ours. The rest belongs to others and stays as it is.

const BEGIN: &str = "# etui guard: begin (etui guard uninstall removes it)\n";
const END: &str = "# etui guard: end\n";

/// Our part of a hook.
pub struct Part<'c> {
    /// The command that searches, quoted for a shell.
    pub command: &'c str,
    /// Whether commits go through where etui is not installed.
    pub lenient: bool,
    /// The name of an earlier hook in the same directory, which runs afterwards.
    pub then: Option<&'c str>,
}

impl Part<'_> {
    /// Puts this part into a hook, or into a new one if there is none.
    ///
    /// The part comes first, because the rest may `exec` or `exit`.
    pub fn put_into(&self, hook: Option<&str>) -> String {
        let hook = hook.unwrap_or("#!/bin/sh\n");
        let rest = without(hook).unwrap_or_else(|| hook.to_owned());
        let shebang = match rest.starts_with("#!") {
            true => rest.find('\n').map_or(rest.len(), |at| at + 1),
            false => 0,
        };
        let (shebang, rest) = rest.split_at(shebang);
        let newline = if shebang.is_empty() || shebang.ends_with('\n') { "" } else { "\n" };

        let Part { command, lenient, then } = self;
        let otherwise = if *lenient { "" } else { "  exit 1\n" };
        let then = then.map_or(String::new(), |then| {
            let path = beside(then);
            format!("if [ -x {path} ]; then {path} \"$@\" || exit; fi\n")
        });
        format!(
            "{shebang}{newline}{BEGIN}\
             if command -v etui >/dev/null 2>&1; then\n  \
               {command} || exit 1\n\
             else\n  \
               echo 'etui is not installed: this commit was not searched' >&2\n\
             {otherwise}fi\n\
             {then}{END}{rest}"
        )
    }
}

/// Returns the hook without our part; none if it has none.
pub fn without(hook: &str) -> Option<String> {
    split(hook).map(|(before, _, after)| [before, after].concat())
}

/// Whether our part runs this hook in the same directory.
pub fn runs(hook: &str, then: &str) -> bool {
    split(hook).is_some_and(|(_, ours, _)| ours.contains(&beside(then)))
}

/// Whether a hook does nothing.
pub fn is_empty(hook: &str) -> bool {
    hook.lines().all(|line| line.trim().is_empty() || line == "#!/bin/sh")
}

/// Whether a hook is a shell script, so that our part can be put into it.
pub fn is_shell(hook: &str) -> bool {
    let Some(shebang) = hook.lines().next().and_then(|line| line.strip_prefix("#!")) else { return true };
    let program = shebang.split(['/', ' ']).rfind(|word| !word.is_empty() && !word.starts_with('-'));
    matches!(program, Some("sh" | "bash" | "dash" | "ksh" | "zsh"))
}

/// Splits a hook into the text before our part, our part, and the text after it.
fn split(hook: &str) -> Option<(&str, &str, &str)> {
    let (before, ours) = hook.split_once(BEGIN)?;
    let (ours, after) = ours.split_once(END)?;
    Some((before, ours, after))
}

/// Returns the path of another hook in the same directory, quoted for a shell.
fn beside(name: &str) -> String {
    format!("\"${{0%/*}}/{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_its_part_once_and_removes_it() {
        let part = Part { command: "etui scan", lenient: true, then: None };
        for hook in ["#!/bin/sh\nset -e\nexec make check\n", "#!/usr/bin/env bash", "npm test\n", "", "#!/bin/sh\n"] {
            let with = part.put_into(Some(hook));
            assert_eq!(with.lines().next().unwrap().starts_with("#!"), hook.starts_with("#!"));
            assert_eq!(part.put_into(Some(&with)), with);
            assert_eq!(without(&with).unwrap().trim_end(), hook.trim_end());
        }
        let new = part.put_into(None);
        assert!(is_empty(&without(&new).unwrap()) && !is_empty(&new) && without("exit").is_none());
    }

    #[test]
    fn writes_a_script() {
        let part = Part { command: "etui scan", lenient: false, then: Some("pre-commit.local") };
        let script = "#!/bin/sh\n\
            # etui guard: begin (etui guard uninstall removes it)\n\
            if command -v etui >/dev/null 2>&1; then\n  \
              etui scan || exit 1\n\
            else\n  \
              echo 'etui is not installed: this commit was not searched' >&2\n  \
              exit 1\n\
            fi\n\
            if [ -x \"${0%/*}/pre-commit.local\" ]; then \"${0%/*}/pre-commit.local\" \"$@\" || exit; fi\n\
            # etui guard: end\n";
        assert_eq!(part.put_into(None), script);
        assert!(runs(script, "pre-commit.local") && !runs(script, "other"));
    }

    #[test]
    fn knows_shells_by_the_first_line() {
        for shell in ["#!/bin/sh\n", "#!/usr/bin/env bash\n", "#! /bin/bash -e\n", "npm test\n", ""] {
            assert!(is_shell(shell), "{shell}");
        }
        for other in ["#!/usr/bin/env python3\n", "#!/usr/bin/fish\n", "#!/usr/bin/env node\n"] {
            assert!(!is_shell(other), "{other}");
        }
    }
}
