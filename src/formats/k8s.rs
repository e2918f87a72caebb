//! A Kubernetes Secret: `etui resolve --format k8s --name web-env | kubectl apply -f -`.
//!
//! The rules are those of the API server (`ValidateSecret` in `pkg/apis/core/validation`), which would refuse the
//! manifest only after it was piped there.

use std::fmt::Write as _;

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::text::{FormattedText, lines};
use super::variable::{FormatError, Variable};
use super::yaml::Scalar;

/// The most bytes of all values of a Secret, as they are before base64. Keys do not count.
const MAX_SIZE: usize = 1 << 20;

/// The most bytes of all annotations. `kubectl apply` keeps a copy of the manifest in one.
const MAX_ANNOTATIONS: usize = 256 << 10;

/// What that copy has and our text has not: a namespace of up to 63 bytes, the name of the annotation, and more marks.
const ANNOTATION_EXTRA: usize = 200;

/// The longest name of a Secret, and of a key.
const MAX_NAME: usize = 253;

/// Checks the name of a Secret: a DNS subdomain, as in RFC 1123. The error holds the reason.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if name.len() > MAX_NAME {
        Err("it is longer than 253 characters")
    } else if !name.chars().all(|c| is_edge(c) || c == '-' || c == '.') {
        Err("it may consist of lower-case letters, digits, `-` and `.`")
    } else if !name.split('.').all(|label| label.starts_with(is_edge) && label.ends_with(is_edge)) {
        Err("it, and each part between dots, must begin and end with a letter or a digit")
    } else {
        Ok(())
    }
}

/// Prints a manifest of kind Secret. Its `data` holds the values in base64.
///
/// # Errors
/// For a name that cannot be a key, and for the largest value if all of them are more than a Secret can hold.
pub fn print(variables: &[Variable<'_>], secret: &str) -> Result<FormattedText, FormatError> {
    for variable in variables {
        if let Some(why) = refusal(variable.name) {
            return Err(variable.refused(why, "choose another name, or use `--format json`"));
        }
    }
    let size = |variable: &&Variable<'_>| variable.text.len();
    let largest = variables.iter().max_by_key(size);
    if let Some(largest) =
        largest.filter(|_| variables.iter().map(|variable| size(&variable)).sum::<usize>() > MAX_SIZE)
    {
        let why = "with it, the values are larger than 1,048,576 bytes, the limit of a Secret";
        return Err(largest.refused(why, "print several Secrets, each with `--only NAME,…` and a `--name` of its own"));
    }

    let head = format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\ntype: Opaque\ndata:", Scalar(secret));
    if variables.is_empty() {
        return Ok(FormattedText::new(Zeroizing::new(head + " {}\n"), Vec::new()));
    }
    let data = lines(variables, |out, Variable { name, text }| {
        writeln!(out, "  {}: \"{}\"", Scalar(name), Base64Display::new(text.as_bytes(), &BASE64_STANDARD))
    });
    let text = Zeroizing::new([&head, "\n", &data].concat());
    let warning = "kubectl apply cannot keep its copy of a Secret this large: use `kubectl apply --server-side -f -`";
    let is_large = text.len() + ANNOTATION_EXTRA > MAX_ANNOTATIONS;
    let summary = is_large.then(|| warning.to_owned());
    Ok(FormattedText { text, warnings: summary.iter().cloned().collect(), summary })
}

/// Why a name cannot be a key. The list of formats has checked its characters.
fn refusal(name: &str) -> Option<&'static str> {
    if name.len() > MAX_NAME {
        Some("a key of a Secret has at most 253 characters")
    } else if name == "." || name.starts_with("..") {
        Some("a key of a Secret is not `.` and does not begin with `..`")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::*;

    #[test]
    fn prints_a_manifest() {
        let head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"web\"\ntype: Opaque\n";
        let one = print_one("é", |a| print(a, "web")).unwrap();
        assert_eq!(one.text.as_str(), format!("{head}data:\n  \"A\": \"w6k=\"\n"));
        assert_eq!(print(&[], "web").unwrap().text.as_str(), format!("{head}data: {{}}\n"));
    }

    #[test]
    fn a_name_is_a_dns_subdomain() {
        let longest = "a".repeat(253);
        for name in ["a", "1", "web-env", "web.env", "a--b", "1.2.3", "x-1.y-2", &longest] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        let longer = "a".repeat(254);
        for name in [
            "", "My_Sec", "my_sec", "Web", "-a", "a-", ".a", "a.", "a..b", "a.-b", "a-.b", "a b", " a", "a\n", "a/b",
            "é", "a:b", &longer,
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_key_is_no_directory_and_not_too_long() {
        let print = |name: &str| print(&[Variable { name, text: "v".into() }], "web").map(drop);
        for name in ["a", ".a", "a..", "-", &"k".repeat(253)] {
            assert_eq!(print(name), Ok(()), "{name}");
        }
        for name in [".", "..", "..a", "...", &"k".repeat(254)] {
            assert!(print(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_limit_counts_the_bytes_of_all_values_and_names_the_largest() {
        let print = |sizes: [usize; 3]| {
            let texts = sizes.map(|size| "x".repeat(size));
            let pairs = ["A", "B", "C"].into_iter().zip(&texts);
            let variables: Vec<_> = pairs.map(|(name, text)| Variable { name, text: text.into() }).collect();
            print(&variables, "web").map(|printed| printed.warnings.len())
        };
        assert_eq!(print([1 << 19, (1 << 19) - 1, 1]), Ok(1));
        assert_eq!(print([1 << 20, 0, 0]), Ok(1));
        for (sizes, name) in [([1, (1 << 20) - 1, 1], "B"), ([0, 1, 1 << 20], "C"), ([1 << 20, 1 << 20, 0], "B")] {
            assert_eq!(print(sizes).map_err(|error| error.name), Err(name.to_owned()), "{sizes:?}");
        }
        // The copy that kubectl keeps is in base64.
        assert_eq!(print([196_200, 0, 0]), Ok(0));
        assert_eq!(print([196_608, 0, 0]), Ok(1));
    }
}
