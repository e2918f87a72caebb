//! A Kubernetes Secret: `etui resolve --format k8s --name web-env | kubectl apply -f -`.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use super::{Variable, lines, yaml};

/// A manifest of kind Secret, its values in base64 as its `data` wants them.
pub fn print(variables: &[Variable<'_>], name: &str) -> Zeroizing<String> {
    let mut head = String::from("apiVersion: v1\nkind: Secret\nmetadata:\n  name: ");
    yaml::quoted(&mut head, name);
    head.push_str(if variables.is_empty() { "\ntype: Opaque\ndata: {}\n" } else { "\ntype: Opaque\ndata:\n" });
    let data = lines(variables, |variable, out| {
        out.push_str("  ");
        yaml::quoted(out, variable.name);
        out.push_str(": ");
        yaml::quoted(out, &Zeroizing::new(BASE64_STANDARD.encode(variable.text.as_bytes())));
        out.push('\n');
    });
    Zeroizing::new([head.as_str(), &data].concat())
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn is_a_manifest() {
        assert_eq!(
            one("é", |v| print(v, "web")).as_str(),
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"web\"\ntype: Opaque\ndata:\n  \"A\": \"w6k=\"\n"
        );
    }
}
