//! Forms in which other programs keep secrets and that no parser here can read: ciphertext above all.
//!
//! A form is recognised by its own mark, never by how random it looks. What is recognised here is never a secret's
//! value by accident; whoever means it can still store it with `set`.

use std::fmt;

use super::assignments::Assignments;
use super::syntax_error::{SyntaxError, without_byte_order_mark};

/// The form of a file or a value that another program made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    Age,
    AnsibleVault,
    /// What is in AWS Secrets Manager is not an object of names and values.
    AwsText,
    DotenvVault,
    Dotenvx,
    Eyaml,
    GitCrypt,
    GitLfs,
    Laravel,
    /// A reference to a field in 1Password.
    OnePassword,
    OpenPgp,
    OpenSsl,
    OpenSslBase64,
    Pem,
    Rails,
    SealedSecret,
    Sops,
    /// Ciphertext of the transit engine of HashiCorp Vault.
    Transit,
    Utf16Be,
    Utf16Le,
}

/// The reason why a document of a known shape gives no assignments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportError {
    Wrong(SyntaxError),
    Foreign(Foreign),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Wrong(error) => error.fmt(f),
            ExportError::Foreign(foreign) => f.write_str(foreign.what()),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<SyntaxError> for ExportError {
    fn from(error: SyntaxError) -> Self {
        ExportError::Wrong(error)
    }
}

impl From<Foreign> for ExportError {
    fn from(foreign: Foreign) -> Self {
        ExportError::Foreign(foreign)
    }
}

impl Foreign {
    /// Recognises a file by its first bytes.
    pub fn of_bytes(bytes: &[u8]) -> Option<Foreign> {
        match bytes {
            [0, b'G', b'I', b'T', b'C', b'R', b'Y', b'P', b'T', 0, ..] => Some(Foreign::GitCrypt),
            _ if bytes.starts_with(b"age-encryption.org/v1\n") => Some(Foreign::Age),
            _ if bytes.starts_with(b"Salted__") => Some(Foreign::OpenSsl),
            // A session key of version 3, or one from a passphrase, of version 4 or later, comes first (RFC 9580).
            [0x84, _, 3, ..] | [0x85, _, _, 3, ..] | [0x8c, _, 3..=6, ..] | [0xc1, _, 3, ..] | [0xc1, _, _, 3, ..] => {
                Some(Foreign::OpenPgp)
            }
            [0xc3, _, 4..=6, ..] => Some(Foreign::OpenPgp),
            [0xff, 0xfe, ..] => Some(Foreign::Utf16Le),
            [0xfe, 0xff, ..] => Some(Foreign::Utf16Be),
            // Names are ASCII, so every other byte of the first one is zero.
            [1..=255, 0, 1..=255, 0, ..] => Some(Foreign::Utf16Le),
            [0, 1..=255, 0, 1..=255, ..] => Some(Foreign::Utf16Be),
            _ => None,
        }
    }

    /// Recognises a text that is of one form as a whole.
    pub fn of_text(text: &str) -> Option<Foreign> {
        let text = without_byte_order_mark(text).trim();
        let first = text.lines().map(str::trim_end).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        let is_line = |line: &str| text.lines().any(|other| other.trim_end() == line);
        match first {
            _ if text.starts_with("#/-") && text.lines().next()?.contains(".env.vault") => Some(Foreign::DotenvVault),
            "-----BEGIN AGE ENCRYPTED FILE-----" => Some(Foreign::Age),
            "-----BEGIN PGP MESSAGE-----" => Some(Foreign::OpenPgp),
            _ if first.starts_with("-----BEGIN ") || first == "Bag Attributes" => Some(Foreign::Pem),
            _ if first.starts_with("$ANSIBLE_VAULT;") => Some(Foreign::AnsibleVault),
            "version https://git-lfs.github.com/spec/v1" => Some(Foreign::GitLfs),
            _ if text.starts_with("U2FsdGVkX1") && text.split_whitespace().all(is_base64) => {
                Some(Foreign::OpenSslBase64)
            }
            // The JSON that this is the base64 of begins with `{"iv":`.
            _ if text.starts_with("eyJpdiI6") && is_base64(text) => Some(Foreign::Laravel),
            _ if is_rails_credentials(text) => Some(Foreign::Rails),
            _ if text.lines().any(|line| line.starts_with("sops_mac=")) || is_line("[sops]") => Some(Foreign::Sops),
            _ => None,
        }
    }

    /// Recognises a value.
    pub fn of_value(value: &str) -> Option<Foreign> {
        let value = value.trim();
        let in_brackets = |start: &str| value.starts_with(start) && value.ends_with(']');
        let after = |start: &str| value.strip_prefix(start);
        match value {
            _ if in_brackets("ENC[AES256_GCM,data:") => Some(Foreign::Sops),
            _ if in_brackets("ENC[PKCS7,") || in_brackets("ENC[GPG,") => Some(Foreign::Eyaml),
            // A point of the curve, a nonce and a tag take 97 bytes.
            _ if after("encrypted:").is_some_and(|rest| rest.len() >= 128 && is_base64(rest)) => Some(Foreign::Dotenvx),
            _ if value.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") => Some(Foreign::Age),
            _ if value.starts_with("-----BEGIN PGP MESSAGE-----") => Some(Foreign::OpenPgp),
            _ if value.starts_with("$ANSIBLE_VAULT;") => Some(Foreign::AnsibleVault),
            // What a dotenv parser makes of such a value in YAML.
            "!vault" | "!vault |" | "!vault |-" => Some(Foreign::AnsibleVault),
            _ if after("vault:v").is_some_and(is_transit) => Some(Foreign::Transit),
            _ if is_one_password(value) => Some(Foreign::OnePassword),
            _ => None,
        }
    }

    /// Returns whether it is ciphertext, which no program can use as a value.
    pub fn is_ciphertext(self) -> bool {
        use Foreign::{AwsText, GitLfs, OnePassword, Pem, Utf16Be, Utf16Le};
        !matches!(self, AwsText | GitLfs | OnePassword | Pem | Utf16Be | Utf16Le)
    }

    /// Says what it is, in words that follow a file or a name and a colon.
    pub fn what(self) -> &'static str {
        match self {
            Foreign::Age => "encrypted with age",
            Foreign::AnsibleVault => "encrypted with ansible-vault",
            Foreign::AwsText => "`SecretString` is one value, not an object of names and values",
            Foreign::DotenvVault => "encrypted with dotenv-vault",
            Foreign::Dotenvx => "encrypted with dotenvx",
            Foreign::Eyaml => "encrypted with eyaml",
            Foreign::GitCrypt => "encrypted with git-crypt",
            Foreign::GitLfs => "a pointer of Git LFS, not the file",
            Foreign::Laravel => "encrypted with Laravel",
            Foreign::OnePassword => "a reference to 1Password, not the value",
            Foreign::OpenPgp => "encrypted with OpenPGP",
            Foreign::OpenSsl | Foreign::OpenSslBase64 => "encrypted with openssl",
            Foreign::Pem => "a PEM file is one value, not a list of names",
            Foreign::Rails => "encrypted with Rails",
            Foreign::SealedSecret => "a SealedSecret, which only its cluster decrypts",
            Foreign::Sops => "encrypted with sops",
            Foreign::Transit => "encrypted with the transit engine of Vault",
            Foreign::Utf16Be | Foreign::Utf16Le => "UTF-16 text, not UTF-8",
        }
    }
}

impl Assignments {
    /// Takes the values away that another program made and has to convert first. Returns the first such form.
    pub fn refuse_foreign(&mut self) -> Option<Foreign> {
        let mut first = None;
        for entry in &mut self.entries {
            let foreign = entry.value.as_ref().ok().and_then(|value| Foreign::of_value(value));
            if let Some(foreign) = foreign {
                entry.value = Err(foreign.what());
                first = first.or(Some(foreign));
            }
        }
        first
    }
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

/// Whether it is the text, the nonce of 12 bytes and the tag of 16 bytes.
fn is_rails_credentials(text: &str) -> bool {
    let parts: Vec<&str> = text.split("--").collect();
    let [text, nonce, tag] = parts[..] else { return false };
    (nonce.len(), tag.len()) == (16, 24) && [text, nonce, tag].into_iter().all(is_base64)
}

/// Whether a number and base64 follow: `1:8SDd3WHDOjf7mq69`.
fn is_transit(rest: &str) -> bool {
    let Some((version, text)) = rest.split_once(':') else { return false };
    // A nonce and a tag take 28 bytes.
    !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) && text.len() >= 38 && is_base64(text)
}

/// Whether it is `op://vault/item/field`, or has such a reference in braces.
fn is_one_password(value: &str) -> bool {
    let is_path = |path: &str| path.split('/').filter(|part| !part.is_empty()).count() >= 3;
    value.strip_prefix("op://").is_some_and(is_path) || value.contains("{{ op://") || value.contains("{{op://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_files_by_their_first_bytes() {
        for (bytes, foreign) in [
            (&b"\0GITCRYPT\0\x12\x34\xff"[..], Some(Foreign::GitCrypt)),
            (b"age-encryption.org/v1\n-> X25519 abc\n\xff\x00", Some(Foreign::Age)),
            (b"Salted__\x8f\xff\x01", Some(Foreign::OpenSsl)),
            (b"\x84\x5e\x03\x12", Some(Foreign::OpenPgp)),
            (b"\x85\x01\x0c\x03\x25\x4a", Some(Foreign::OpenPgp)),
            (b"\x8c\x0d\x04\x09\x03\x02\xff", Some(Foreign::OpenPgp)),
            (b"\xc1\xc0\x4c\x03\xff", Some(Foreign::OpenPgp)),
            (b"\xc3\x0d\x04\x09\x03\x02\xff", Some(Foreign::OpenPgp)),
            (b"\xff\xfeA\0=\0b\0", Some(Foreign::Utf16Le)),
            (b"\xfe\xff\0A\0=\0b", Some(Foreign::Utf16Be)),
            (b"A\0=\0b\0\n\0", Some(Foreign::Utf16Le)),
            (b"\0A\0=\0b\0\n", Some(Foreign::Utf16Be)),
            (b"A=b\n", None),
            (b"\xef\xbb\xbfA=b\n", None),
            ("É=ü\n".as_bytes(), None),
            (b"A=\0\n", None),
            // Neither text nor of a known form: the caller says on which line.
            (b"A=1\nB=\xff\n", None),
            (b"\x1f\x8b\x08\0", None),
            (b"", None),
        ] {
            assert_eq!(Foreign::of_bytes(bytes), foreign, "{bytes:?}");
        }
    }

    #[test]
    fn recognises_texts_as_a_whole() {
        let rails = format!("{}--{}--{}", "aGVsbG8h".repeat(9), "A".repeat(16), "dGFnIG9mIDE2IGJ5dGVzIQ==");
        for (text, foreign) in [
            ("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n", Some(Foreign::Age)),
            ("\u{feff}\r\n-----BEGIN AGE ENCRYPTED FILE-----\r\nYWdl\r\n", Some(Foreign::Age)),
            ("-----BEGIN PGP MESSAGE-----\nVersion: x\n\nhQ==\n", Some(Foreign::OpenPgp)),
            ("$ANSIBLE_VAULT;1.1;AES256\n6138\n", Some(Foreign::AnsibleVault)),
            ("$ANSIBLE_VAULT;1.2;AES256;prod\n6138\n", Some(Foreign::AnsibleVault)),
            ("U2FsdGVkX1+0SOs3\nxB0=\n", Some(Foreign::OpenSslBase64)),
            ("eyJpdiI6Ik1xZz09IiwidmFsdWUiOiJ4In0=", Some(Foreign::Laravel)),
            (&rails, Some(Foreign::Rails)),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", Some(Foreign::GitLfs)),
            (
                "#/-------------------.env.vault---------------------/\n#/ x /\nDOTENV_VAULT_CI=\"aa\"\n",
                Some(Foreign::DotenvVault),
            ),
            ("A=plain\nsops_version=3.9.0\nsops_mac=ENC[AES256_GCM,data:x]\n", Some(Foreign::Sops)),
            ("[app]\nA = 1\n\n[sops]\nversion = 3.9.0\n", Some(Foreign::Sops)),
            ("-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n", Some(Foreign::Pem)),
            ("# Root\n-----BEGIN CERTIFICATE-----\nMC4=\n", Some(Foreign::Pem)),
            ("Bag Attributes\n    friendlyName: x\n-----BEGIN CERTIFICATE-----\n", Some(Foreign::Pem)),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", Some(Foreign::Pem)),
            ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n", Some(Foreign::Pem)),
            ("", None),
            ("# only a comment\n", None),
            ("A=b\n", None),
            ("KEY=\"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\"\n", None),
            ("KEY=\"\n-----BEGIN PRIVATE KEY-----\nMC4=\n\"\n", None),
            ("U2FsdGVkX1=b\nA=c d\n", None),
            ("eyJhbGciOiJkaXIi.e30.x\n", None),
            ("a--b--c\n", None),
            ("DOTENV_PUBLIC_KEY=02b2\n", None),
            ("# created: 2026-01-01\nAGE-SECRET-KEY-1X\n", None),
        ] {
            assert_eq!(Foreign::of_text(text), foreign, "{text:?}");
        }
    }

    #[test]
    fn recognises_values_by_their_own_mark_alone() {
        let dotenvx = format!("encrypted:{}==", "BIv6NBEJZLsrTTRn".repeat(9));
        for (value, foreign) in [
            ("ENC[AES256_GCM,data:evQ=,iv:A4DG=,tag:YDUG==,type:str]", Some(Foreign::Sops)),
            ("ENC[AES256_GCM,data:evQ=,iv:A4DG=,tag:YDUG==,type:int]\n", Some(Foreign::Sops)),
            ("ENC[PKCS7,MIIBeQYJKoZIhvcNAQcDoIIB]", Some(Foreign::Eyaml)),
            ("ENC[GPG,hQIMA0]", Some(Foreign::Eyaml)),
            (&dotenvx, Some(Foreign::Dotenvx)),
            ("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", Some(Foreign::Age)),
            ("-----BEGIN AGE ENCRYPTED FILE-----\\nYWdl\\n", Some(Foreign::Age)),
            ("-----BEGIN PGP MESSAGE-----\n\nhQ==\n", Some(Foreign::OpenPgp)),
            ("$ANSIBLE_VAULT;1.1;AES256\n6138\n", Some(Foreign::AnsibleVault)),
            ("!vault |", Some(Foreign::AnsibleVault)),
            ("vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==", Some(Foreign::Transit)),
            ("vault:v12:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==", Some(Foreign::Transit)),
            ("op://Engineering/stripe/api key", Some(Foreign::OnePassword)),
            ("op://Engineering/stripe/section/key?attribute=otp", Some(Foreign::OnePassword)),
            ("{{ op://Engineering/stripe/key }}", Some(Foreign::OnePassword)),
            ("postgres://u:{{op://Engineering/db/password}}@h", Some(Foreign::OnePassword)),
            ("", None),
            ("ENC[secret]", None),
            ("ENC[AES256_GCM,data:", None),
            ("encrypted:yes", None),
            ("encrypted: true", None),
            ("vault:v1:", None),
            ("vault:v1:short", None),
            ("vault:secret/data/db#password", None),
            ("op://", None),
            ("op://Engineering/stripe", None),
            ("https://op://x", None),
            // Tokens that are encrypted by whoever issued them are values.
            ("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..iv.text.tag", None),
            ("U2FsdGVkX1+0SOs3xB0=", None),
            ("gAAAAABh", None),
            ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n", None),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4=\n", None),
            ("$2b$12$abcdefghijklmnopqrstuv", None),
        ] {
            assert_eq!(Foreign::of_value(value), foreign, "{value:?}");
        }
    }
}
