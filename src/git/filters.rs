//! Files that git does not store as they are: a filter cleans them first (gitattributes(5)), as Git LFS does.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

use super::blobs::{Blob, Objects, feed, spawn};
use super::command::printed;
use super::refusal::GitError;

impl Objects<'_> {
    /// For each of these files, the filter that cleans it, if it has one. No filter is run.
    pub fn clean_filters(&self, blobs: &[Blob]) -> Result<Vec<Option<String>>, GitError> {
        let configured = self.configured_filters()?;
        if configured.is_empty() || blobs.is_empty() {
            return Ok(vec![None; blobs.len()]);
        }

        let mut paths = Vec::new();
        for blob in blobs {
            paths.extend_from_slice(blob.path.as_os_str().as_bytes());
            paths.push(0);
        }
        let top = self.top()?;
        let check = ["check-attr", "-z", "--stdin", "filter"];
        let mut git = Objects { directory: &top }.git(&check)?;
        let mut git = spawn(git.stdin(Stdio::piped()).stderr(Stdio::piped()))?;
        let feeder = feed(&mut git, paths);
        let output = git.wait_with_output()?;
        let _ = feeder.join();

        // Three fields for each: PATH, ATTRIBUTE, VALUE.
        let listed = printed(output)?;
        let values = listed.split(|byte| *byte == 0).skip(2).step_by(3);
        let names = values.map(|value| String::from_utf8_lossy(value).into_owned());
        let filters = names.map(|name| Some(name).filter(|name| configured.contains(name)));
        // Git stores a symbolic link as it is, whatever its attributes say.
        let mut filters: Vec<_> =
            blobs.iter().zip(filters).map(|(blob, filter)| filter.filter(|_| !blob.is_symlink)).collect();
        filters.resize(blobs.len(), None);
        Ok(filters)
    }

    /// The names of the filters that clean files in this clone.
    fn configured_filters(&self) -> Result<HashSet<String>, GitError> {
        let list = ["config", "-z", "--get-regexp", r"^filter\..*\.(clean|process)$"];
        // Git fails if there are none.
        let listed = self.git(&list)?.output()?.stdout;
        let names = listed.split(|byte| *byte == 0).filter_map(|entry| {
            let entry = String::from_utf8_lossy(entry);
            // Without a command, the filter does nothing.
            let (key, _) = entry.split_once('\n').filter(|(_, command)| !command.is_empty())?;
            let (name, _) = key.strip_prefix("filter.")?.rsplit_once('.')?;
            Some(name.to_owned())
        });
        Ok(names.collect())
    }
}
