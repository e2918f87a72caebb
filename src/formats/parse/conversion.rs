//! What to type to get from another program's form to one that etui reads.

use super::foreign::Foreign;
use crate::report::shell_quote;

/// How to get from a file to something that etui reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conversion {
    /// A line that prints names and values. Whether as YAML.
    Import(String, bool),
    /// A line that prints one value.
    Set(String),
    /// A line that replaces the file itself.
    Replace(&'static str),
    /// The file is a value by itself.
    OneValue,
}

impl Conversion {
    /// Says how to get at what is in a file of this form, or in a value of this form in it.
    pub fn of(foreign: Foreign, file: &str, syntax: &str, is_value: bool) -> Conversion {
        let path = shell_quote(file);
        let (import, set) = (|line: String| Conversion::Import(line, false), |line: &str| Conversion::Set(line.into()));
        match foreign {
            Foreign::Age if is_value => set("age -d -i KEY"),
            Foreign::Age => import(format!("age -d -i KEY {path}")),
            Foreign::AnsibleVault if is_value => set("ansible-vault decrypt"),
            Foreign::AnsibleVault => import(format!("ansible-vault view {path}")),
            Foreign::AwsText => {
                set("aws secretsmanager get-secret-value --secret-id NAME --query SecretString --output text")
            }
            Foreign::Pem => Conversion::OneValue,
            Foreign::DotenvVault => import("npx dotenv-vault local decrypt \"$DOTENV_KEY\"".into()),
            Foreign::Dotenvx => import(format!("dotenvx decrypt -f {path} --stdout")),
            Foreign::Eyaml => set("eyaml decrypt --stdin"),
            Foreign::GitCrypt => Conversion::Replace("git-crypt unlock"),
            Foreign::GitLfs => Conversion::Replace("git lfs pull"),
            Foreign::Laravel => Conversion::Replace("php artisan env:decrypt"),
            Foreign::OnePassword => import(format!("op inject -i {path}")),
            Foreign::OpenPgp if is_value => set("gpg -d"),
            Foreign::OpenPgp => import(format!("gpg -d {path}")),
            Foreign::OpenSsl => import(format!("openssl enc -d -aes-256-cbc -pbkdf2 -in {path}")),
            Foreign::OpenSslBase64 => import(format!("openssl enc -d -a -aes-256-cbc -pbkdf2 -in {path}")),
            Foreign::Rails => Conversion::Import("bin/rails credentials:show".into(), true),
            Foreign::SealedSecret => import("kubectl get secret NAME -o yaml".into()),
            Foreign::Sops => import(format!("sops -d{} {path}", sops_types(file, syntax))),
            Foreign::Transit => set("vault write -field=plaintext transit/decrypt/KEY ciphertext=VALUE | base64 -d"),
            Foreign::Utf16Be => import(format!("iconv -f UTF-16BE -t UTF-8 {path}")),
            Foreign::Utf16Le => import(format!("iconv -f UTF-16LE -t UTF-8 {path}")),
        }
    }

    /// What selects a map inside a document by its name.
    pub fn selecting(name: &str, file: &str, is_yaml: bool) -> Conversion {
        let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let path = if is_word { format!(".{name}") } else { format!(".[{}]", serde_json::Value::from(name)) };
        let program = if is_yaml { "yq" } else { "jq" };
        Conversion::Import(format!("{program} {} {}", shell_quote(&path), shell_quote(file)), is_yaml)
    }

    /// The line of another program, if it takes one.
    pub fn line(&self) -> Option<&str> {
        match self {
            Conversion::Import(line, _) | Conversion::Set(line) => Some(line),
            Conversion::Replace(line) => Some(line),
            Conversion::OneValue => None,
        }
    }
}

/// The options that sops needs for a name that does not end as it expects. It takes such a file for JSON.
fn sops_types(file: &str, syntax: &str) -> String {
    let is_known = [".env", ".json", ".yaml", ".yml", ".ini"].iter().any(|end| file.ends_with(end));
    match is_known || syntax == "json" {
        true => String::new(),
        false => format!(" --input-type {syntax} --output-type {syntax}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_shell_would_misread() {
        let line = |conversion: Conversion| conversion.line().map(str::to_owned);
        for (conversion, expected) in [
            (Conversion::of(Foreign::Sops, "a b.env", "dotenv", false), "sops -d 'a b.env'"),
            (
                Conversion::of(Foreign::Sops, ".env.enc", "dotenv", true),
                "sops -d --input-type dotenv --output-type dotenv .env.enc",
            ),
            (Conversion::of(Foreign::Sops, "x", "yaml", false), "sops -d --input-type yaml --output-type yaml x"),
            (Conversion::of(Foreign::Sops, "binary.enc", "json", false), "sops -d binary.enc"),
            (Conversion::selecting("db", "a.json", false), "jq .db a.json"),
            (Conversion::selecting("my-db", "a.yaml", true), "yq '.[\"my-db\"]' a.yaml"),
            (Conversion::selecting("it's \"x\"", "a.json", false), r#"jq '.["it'\''s \"x\""]' a.json"#),
        ] {
            assert_eq!(line(conversion).as_deref(), Some(expected));
        }
    }
}
