//! A rotation: a key file that holds a new key beside the old one, until every vault lists the new one.
//!
//! A comment in the file says so. age ignores it, and it goes wherever the file goes.

use zeroize::Zeroizing;

use super::identity::Identity;
use crate::vault::{Recipient, Timestamp};

/// How the comment begins. The two recipients and the date follow: `# etui rotation: OLD NEW DATE`.
const MARK: &str = "# etui rotation: ";

/// A rotation that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    pub old: Recipient,
    pub new: Recipient,
    pub begun: Timestamp,
}

impl Rotation {
    /// Finds the rotation that the text of a key file is in.
    pub fn find(text: &[u8]) -> Option<Rotation> {
        text.split(|byte| *byte == b'\n').find_map(|line| Rotation::parse(std::str::from_utf8(line).ok()?))
    }

    fn parse(line: &str) -> Option<Rotation> {
        let mut words = line.strip_prefix(MARK)?.split_ascii_whitespace();
        let (old, new) = (Recipient::new(words.next()?), Recipient::new(words.next()?));
        Some(Rotation { old, new, begun: Timestamp::parse(words.next()?)? })
    }

    /// Puts a new key before all others of a key file: what signs is the first of them.
    pub fn begin(text: &str, old: &Identity, new: &Identity, now: Timestamp) -> Zeroizing<String> {
        let mark = format!("{MARK}{} {} {now}\n", old.recipient(), new.recipient());
        let new = new.print(now);
        // With the whole capacity reserved, a string that grows leaves no copy behind.
        let mut all = Zeroizing::new(String::with_capacity(mark.len() + new.len() + text.len()));
        [&mark, &**new, text].iter().for_each(|part| all.push_str(part));
        all
    }

    /// Takes the old key out of a key file, with the comments that belong to it, and the mark.
    pub fn finish(&self, text: &str) -> Zeroizing<String> {
        let mut all = Zeroizing::new(String::with_capacity(text.len()));
        // Comments of one key in a row, as `Identity::print` makes them, wait for their key.
        let mut comments = Vec::new();
        for line in text.split_inclusive('\n') {
            let plain = line.trim();
            let is_own = ["# created: ", "# public key: "].iter().any(|begin| plain.starts_with(begin));
            if Rotation::parse(plain).as_ref() == Some(self) {
                continue;
            }
            if is_own {
                comments.push(line);
                continue;
            }
            let key = Identity::parse(plain.as_bytes());
            if key.is_none_or(|key| key.recipient() != self.old) {
                comments.iter().for_each(|comment| all.push_str(comment));
                all.push_str(line);
            }
            comments.clear();
        }
        comments.iter().for_each(|comment| all.push_str(comment));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_adds_one_key_and_then_drops_the_other() {
        let at: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let (old, new, other) = (Identity::generate(), Identity::generate(), Identity::generate());
        for (before, after) in [("", ""), ("# my key\n", "# a note\nAGE-PLUGIN-X-1QQ\n")] {
            for key in [old.print(at).to_string(), old.print(at).lines().last().unwrap().to_owned() + "\r\n"] {
                let text = format!("{before}{}{key}{after}", &**other.print(at));
                assert_eq!(Rotation::find(text.as_bytes()), None);
                let both = Rotation::begin(&text, &old, &new, at);
                let keys = ["AGE-SECRET-KEY-"; 1].map(|begin| both.matches(begin).count());
                assert_eq!(keys, [3]);
                assert!(both.ends_with(&text));
                let rotation = Rotation::find(both.as_bytes()).unwrap();
                assert_eq!(rotation, Rotation { old: old.recipient(), new: new.recipient(), begun: at });
                let kept = rotation.finish(&both);
                let expected = [&**new.print(at), before, &**other.print(at), after].concat();
                assert_eq!(kept.as_str(), expected);
                assert_eq!(Rotation::find(kept.as_bytes()), None);
            }
        }
    }

    #[test]
    fn a_damaged_mark_is_a_comment() {
        for line in ["# etui rotation:", "# etui rotation: age1a", "# etui rotation: age1a age1b soon"] {
            assert_eq!(Rotation::find(line.as_bytes()), None);
        }
    }
}
