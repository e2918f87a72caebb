//! What git holds, searched: the files of the next commit, or of all commits.

use super::finding::FileRef;
use super::wanted::Wanted;
use super::{Scan, Searched, plain};
use crate::git::{GitError, Objects};
use crate::guard::{Match, Search, Texts};
use crate::old::context::Cx;
use crate::old::error::Error;

/// Larger files are searched, but hold no plain key nor a dotenv file that a person wrote.
const LARGE: u64 = 16 << 20;

impl Scan {
    pub(super) fn staged(&self, cx: &Cx, wanted: &Wanted, search: &Search) -> Result<Searched, Error> {
        let repository = Objects { directory: cx.directory() };
        let (top, blobs) = (repository.top()?, repository.staged(&self.paths)?);
        let mut searched = Searched::default();
        let mut progress = cx.ui.progress();
        let mut texts = Texts::new(search);
        let missing = repository.read(&blobs, |number, size, text| {
            let path = &blobs[number].path;
            let place = FileRef { commit: None, path: path.clone(), file: top.join(path) };
            let matches = if size > LARGE {
                texts.search(text).map_err(GitError::from)?.0
            } else {
                let mut bytes = Vec::with_capacity(size as usize);
                text.read_to_end(&mut bytes).map_err(GitError::from)?;
                searched.plain.extend(plain::findings(&place, &bytes, &wanted.names));
                texts.search(&bytes[..]).map_err(GitError::from)?.0
            };
            searched.add(place, matches, size);
            searched.show(&mut progress);
            Ok::<(), Error>(())
        })?;
        searched.missing(missing);
        Ok(searched)
    }

    pub(super) fn history(&self, cx: &Cx, search: &Search) -> Result<Searched, Error> {
        let repository = Objects { directory: cx.directory() };
        let mut searched = Searched::default();
        let mut progress = cx.ui.progress();
        let mut texts = Texts::new(search);
        let mut found: Vec<(String, Vec<Match>)> = Vec::new();
        let missing = repository.read_all(&self.paths, |id, size, text| {
            let (matches, size) = texts.search(text).map_err(GitError::from).map(|(matches, _)| (matches, size))?;
            searched.files += 1;
            searched.bytes += size;
            if !matches.is_empty() {
                found.push((id.to_owned(), matches));
            }
            searched.show(&mut progress);
            Ok::<(), Error>(())
        })?;
        searched.missing(missing);
        if found.is_empty() {
            return Ok(searched);
        }
        let top = repository.top().unwrap_or_else(|_| cx.directory().to_owned());
        let ids: Vec<String> = found.iter().map(|(id, _)| id.clone()).collect();
        let mut origins = repository.origins(&ids)?;
        for (id, matches) in found {
            // What only a tag points to has no path.
            let (commit, path) = origins.remove(&id).unwrap_or_else(|| (id.clone(), id.into()));
            let file = top.join(&path);
            searched.found.push((FileRef { commit: Some(commit), path, file }, matches));
        }
        Ok(searched)
    }
}

impl Searched {
    fn add(&mut self, place: FileRef, matches: Vec<Match>, size: u64) {
        self.files += 1;
        self.bytes += size;
        if !matches.is_empty() {
            self.found.push((place, matches));
        }
    }

    /// What a clone has not fetched.
    fn missing(&mut self, count: usize) {
        for _ in 0..count {
            self.unread("git does not have it here".into());
        }
    }
}
