//! A Kubernetes Secret: `etui resolve --format k8s --name web-env | kubectl apply -f -`.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use super::text::lines;
use super::variable::Variable;
use super::yaml::Scalar;

/// Prints a manifest of kind Secret. Its `data` holds the values in base64.
pub fn print(variables: &[Variable<'_>], secret: &str) -> Zeroizing<String> {
    let head = format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\ntype: Opaque\ndata:", Scalar(secret));
    if variables.is_empty() {
        return Zeroizing::new(head + " {}\n");
    }
    let data = lines(variables, |out, Variable { name, text }| {
        let base64 = Zeroizing::new(BASE64_STANDARD.encode(text.as_bytes()));
        writeln!(out, "  {}: {}", Scalar(name), Scalar(&base64))
    });
    Zeroizing::new([&head, "\n", &data].concat())
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::print;

    #[test]
    fn prints_a_manifest() {
        let head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"web\"\ntype: Opaque\n";
        let one = print_one("é", |a| print(a, "web"));
        assert_eq!(one.as_str(), format!("{head}data:\n  \"A\": \"w6k=\"\n"));
        assert_eq!(print(&[], "web").as_str(), format!("{head}data: {{}}\n"));
    }
}
