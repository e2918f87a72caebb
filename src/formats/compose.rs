//! docker compose: what a provider prints for the services that depend on it, as JSON messages of a line each
//! (docs/extension.md of github.com/docker/compose).

use zeroize::Zeroizing;

use super::json::string;
use super::text::{lines, put};
use super::variable::{FormatError, Variable};

/// The longest `NAME=value` that a container can be started with, in bytes (MAX_ARG_STRLEN of Linux, without its NUL).
const MAX_VARIABLE: usize = 131_071;

/// Prints one message for each variable. Compose takes what follows the first `=` as it is, newlines and `$` too.
///
/// A message `setenv` would put the name of the service before that of the variable.
///
/// # Errors
/// For a value that is too long. The engine would say so when the container starts, without the name.
pub fn print(variables: &[Variable<'_>]) -> Result<Zeroizing<String>, FormatError> {
    let size = |Variable { name, text }: &Variable<'_>| name.len() + "=".len() + text.len();
    if let Some(long) = variables.iter().find(|variable| size(variable) > MAX_VARIABLE) {
        return Err(long.refused("with its name it has more than 131,071 bytes", "mount it as a file"));
    }
    Ok(lines(variables, |out, Variable { name, text }| {
        let assignment = Zeroizing::new([name, "=", text].concat());
        put(out, ["{\"type\":\"rawsetenv\",\"message\":"])?;
        string(out, &assignment)?;
        put(out, ["}\n"])
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::text::print_one;
    use super::{Variable, print};

    #[test]
    fn refuses_what_no_container_can_be_started_with() {
        assert!(print_one(&"x".repeat(131_069), print).is_ok());
        assert_eq!(print_one(&"x".repeat(131_070), print).unwrap_err().name, "A");
    }

    proptest! {
        #[test]
        fn prints_a_line_of_json_for_each_variable(values in prop::collection::vec((".*", any::<String>()), 0..4)) {
            let variables = values.iter().map(|(name, text)| Variable { name, text: text.into() });
            let printed = print(&variables.collect::<Vec<_>>()).unwrap();
            let read: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let message = |(name, text)| json!({"type": "rawsetenv", "message": format!("{name}={text}")});
            let expected: Vec<Value> = values.iter().map(|(name, text)| message((name, text))).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
