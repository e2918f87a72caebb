//! The text of a git hook that etui has a part in; the rest of it belongs to others, and stays as it is.

const BEGIN: &str = "# etui guard: begin (etui guard uninstall removes it)\n";
const END: &str = "# etui guard: end\n";

/// Our part of a hook.
pub struct Part<'c> {
    /// The command that searches, as a shell reads it.
    pub command: &'c str,
    /// Whether a commit goes through where etui is not installed.
    pub lenient: bool,
    /// The name of the hook beside it that was there before, to be run afterwards.
    pub then: Option<&'c str>,
}

impl Part<'_> {
    /// The hook with this part, at its beginning: what follows may `exec` or `exit`. Of none, a new one.
    pub fn put_into(&self, hook: Option<&str>) -> String {
        let without =
            hook.map_or_else(|| "#!/bin/sh\n".into(), |hook| without(hook).unwrap_or_else(|| hook.to_owned()));
        let first_line = match without.starts_with("#!") {
            true => without.find('\n').map_or(without.len(), |at| at + 1),
            false => 0,
        };
        let (first_line, rest) = without.split_at(first_line);
        let newline = if first_line.is_empty() || first_line.ends_with('\n') { "" } else { "\n" };
        let (Part { command, .. }, exit) = (self, u8::from(!self.lenient));
        let then = self.then.map_or(String::new(), |then| {
            format!("if [ -x \"${{0%/*}}/{then}\" ]; then \"${{0%/*}}/{then}\" \"$@\" || exit; fi\n")
        });
        format!(
            "{first_line}{newline}{BEGIN}if command -v etui >/dev/null 2>&1; then\n  {command} || exit 1\nelse\n  \
             echo 'etui is not installed: what is to be committed was not searched' >&2\n  [ {exit} = 0 ] || exit 1\nfi\n\
             {then}{END}{rest}"
        )
    }
}

/// What is before our part, our part, and what is after it; none if it has none.
fn split(hook: &str) -> Option<(&str, &str, &str)> {
    let (before, ours) = hook.split_once(BEGIN)?;
    let (ours, after) = ours.split_once(END)?;
    Some((before, ours, after))
}

/// The hook without our part; none if it has none.
pub fn without(hook: &str) -> Option<String> {
    split(hook).map(|(before, _, after)| format!("{before}{after}"))
}

/// Whether our part runs the hook beside it of this name; that others do is theirs.
pub fn runs(hook: &str, then: &str) -> bool {
    split(hook).is_some_and(|(_, ours, _)| ours.contains(&format!("\"${{0%/*}}/{then}\"")))
}

/// Whether a hook does nothing.
pub fn is_empty(hook: &str) -> bool {
    hook.lines().all(|line| line.trim().is_empty() || line == "#!/bin/sh")
}

/// Whether a hook is a shell's script, into which another can be put.
pub fn is_shell(hook: &str) -> bool {
    let Some(first) = hook.lines().next().and_then(|line| line.strip_prefix("#!")) else { return true };
    let program = first.split(['/', ' ']).rfind(|word| !word.is_empty() && !word.starts_with('-'));
    matches!(program, Some("sh" | "bash" | "dash" | "ksh" | "zsh"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_its_part_and_gives_it_back() {
        let part = Part { command: "etui scan", lenient: true, then: None };
        for hook in ["#!/bin/sh\nset -e\nexec make check\n", "#!/usr/bin/env bash", "npm test\n", "", "#!/bin/sh\n"] {
            let with = part.put_into(Some(hook));
            assert_eq!(with.lines().next().unwrap().starts_with("#!"), hook.starts_with("#!"));
            assert_eq!(part.put_into(Some(&with)), with, "twice is once");
            assert_eq!(without(&with).unwrap().trim_end(), hook.trim_end());
        }
        let new = part.put_into(None);
        assert!(is_empty(&without(&new).unwrap()) && !is_empty(&new) && without("exit").is_none());
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
