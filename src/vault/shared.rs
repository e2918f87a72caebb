//! Text of which names and values are parts, so that a vault is parsed without copying it.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

use zeroize::Zeroizing;

/// A text that is wiped as a whole, once nothing is left that is a part of it.
#[derive(Clone)]
pub(in crate::vault) struct SharedText(Arc<Zeroizing<String>>);

impl SharedText {
    /// All of it.
    ///
    /// # Panics
    /// If it has 4 GiB or more.
    pub fn whole(self) -> Part {
        let end = u32::try_from(self.len()).expect("names and values are shorter than 4 GiB");
        Part { text: self, start: 0, end }
    }

    /// The part in this range of bytes. None if it is no part, or lies beyond 4 GiB.
    pub fn part(&self, range: Range<usize>) -> Option<Part> {
        self.get(range.clone())?;
        let (start, end) = (u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?);
        Some(Part { text: self.clone(), start, end })
    }
}

impl From<Zeroizing<String>> for SharedText {
    fn from(text: Zeroizing<String>) -> SharedText {
        SharedText(Arc::new(text))
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A part of a shared text. It compares and hashes as the text that it is.
#[derive(Clone)]
pub(in crate::vault) struct Part {
    text: SharedText,
    /// In bytes. Four of them are enough for any vault, and keep a part as small as a `&str`.
    start: u32,
    end: u32,
}

impl Part {
    /// Its bytes, which are found without looking for the borders of characters.
    fn bytes(&self) -> &[u8] {
        &self.text.as_bytes()[self.start as usize..self.end as usize]
    }
}

impl Deref for Part {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text[self.start as usize..self.end as usize]
    }
}

impl From<&str> for Part {
    /// # Panics
    /// If the text has 4 GiB or more.
    fn from(text: &str) -> Part {
        SharedText::from(Zeroizing::new(text.to_owned())).whole()
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Part {}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Part) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Part) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl Hash for Part {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// Shows nothing: the text may be a value.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Part(…)")
    }
}
