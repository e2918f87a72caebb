//! `sync`: the vault's own commit, what others pushed, and back to them; again if somebody pushed in between.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::git::{configure, failed, keep_out, repository, resolve};
use crate::git::{Fetch, Operation, Push, Repository};
use crate::old::context::Cx;
use crate::old::error::{Error, Sharing, Strange};
use crate::old::merging::disputes;
use crate::vault::{Distrust, TeamName};

#[derive(Debug, Args)]
pub struct Sync {}

/// How often it begins anew when somebody pushes in between.
const TRIES: usize = 8;

/// A vault in its repository.
struct Shared<'a> {
    cx: &'a Cx,
    repository: Repository,
    /// Its path, as git names it.
    path: PathBuf,
    team: TeamName,
}

impl Sync {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let file = cx.place()?.file.path().to_owned();
        let (repository, path) = repository(&file).map_err(|error| cx.missing_vault().unwrap_or(error))?;
        if let Some(missing) = cx.missing_vault().filter(|_| repository.doing().is_none()) {
            let is_tracked = repository.tracked().is_ok_and(|tracked| tracked.contains(&path));
            // A git that was killed while it wrote the file had taken the old one away first.
            return Err(if is_tracked { Sharing::Gone { path: file }.into() } else { missing });
        }
        configure(&repository)?;
        keep_out(&repository, &file.file_name().unwrap_or_default().to_string_lossy())?;
        let (team, is_trusted) = match finish(cx, &repository, &path) {
            // Who was added since he cloned it has to have that first.
            Err(Error::NotMember { .. }) if catches_up(&repository, &path) => finish(cx, &repository, &path)?,
            finished => finished?,
        };
        // A commit that is on no branch would be forgotten with the next checkout.
        let Some(branch) = repository.line(["branch", "--show-current"]) else {
            return Err(Sharing::NoBranch { is_bisect: repository.is_bisect() }.into());
        };
        let shared = Shared { cx, repository, path, team };
        let committed = is_trusted && shared.commit()?;
        let Some(upstream) = shared.repository.line(["rev-parse", "--abbrev-ref", "@{upstream}"]) else {
            let remote = shared.repository.line(["remote"]).and_then(|all| all.lines().next().map(str::to_owned));
            return Err(Sharing::NoUpstream { branch, remote, committed }.into());
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match shared.repository.fetch().map_err(|error| failed("fetch", error))? {
                Fetch::Done => {}
                Fetch::Failed { lock } => return Err(Sharing::NotFetched { upstream, committed, lock }.into()),
            }
            shared.merge(&upstream)?;
            // Whoever was here last is who is seen next time; and nothing is pushed that is not trusted here.
            cx.vault()?;
            let count = |range: &str| shared.repository.line(["rev-list", "--count", range]);
            if count(&format!("{upstream}..HEAD")).as_deref() == Some("0") {
                shared.say(committed);
                return Ok(());
            }
            let pushed = shared.repository.push(&branch);
            match pushed.map_err(|error| failed("push; the change is committed here", error))? {
                Push::Done => {
                    shared.say(true);
                    return Ok(());
                }
                Push::Refused { is_behind: true, .. } if tries < TRIES => {
                    cx.ui.debug(|| "somebody pushed in between".into());
                }
                Push::Refused { why, said, .. } => {
                    said.iter().for_each(|line| cx.ui.note(line));
                    return Err(Sharing::PushRefused { upstream, why }.into());
                }
            }
        }
    }
}

/// Fetches, and goes on to what was fetched, where nothing of one's own is in the way; tells whether that was something.
fn catches_up(repository: &Repository, path: &Path) -> bool {
    let status = ["--literal-pathspecs", "status", "--porcelain", "--"].map(OsStr::new);
    let is_clean = repository.git(status.into_iter().chain([path.as_os_str()])).is_ok_and(|said| said.is_empty());
    let head = || repository.line(["rev-parse", "HEAD"]);
    let before = head();
    is_clean
        && repository.fetch() == Ok(Fetch::Done)
        && repository.git(["merge", "--ff-only", "--quiet", "@{upstream}"]).is_ok()
        && head() != before
}

/// Ends a merge that stopped at this vault and was settled since; tells the team, and whether what stands here is
/// trusted, so that it may be committed.
fn finish(cx: &Cx, repository: &Repository, path: &Path) -> Result<(TeamName, bool), Error> {
    if let Some(doing) = repository.doing() {
        let (_, disputes) = resolve(cx, repository)?;
        let rest = repository.unmerged().map_err(|error| failed("look at the merge", error))?;
        if !disputes.is_empty() {
            let disputes = disputes.into_iter().map(|(_, dispute)| dispute).collect();
            return Err(Sharing::Disputes { disputes, path: path.to_owned(), go_on: Some("etui sync") }.into());
        }
        if !rest.is_empty() || doing != Operation::Merge {
            return Err(Sharing::InTheMiddle { doing, unmerged: rest.into_keys().next() }.into());
        }
        commit_merge(repository)?;
    }
    let (vault, is_trusted) = match cx.vault() {
        // Somebody in it was put out since: what others pushed is what mends it.
        Err(Error::Strange { why: Strange::Distrust(Distrust::Back { .. }), .. }) => {
            (cx.open_as_it_is(cx.place()?)?.whole()?, false)
        }
        vault => (vault?, true),
    };
    match disputes(&vault.sections) {
        disputes if disputes.is_empty() => Ok((vault.head.team, is_trusted)),
        disputes => Err(Sharing::Disputes { disputes, path: path.to_owned(), go_on: Some("etui sync") }.into()),
    }
}

fn commit_merge(repository: &Repository) -> Result<(), Error> {
    // A git that was killed may have left a merge without its message.
    let message = repository.own("MERGE_MSG").ok().and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    let how: &[&str] = if message.trim().is_empty() { &["-m", "Merge the vault"] } else { &["--no-edit"] };
    let commit = repository.git(["commit", "--quiet"].iter().chain(how));
    commit.map(drop).map_err(|error| failed("commit the merge", error))
}

impl Shared<'_> {
    /// Commits the vault, and nothing else. Returns whether there was anything to commit.
    fn commit(&self) -> Result<bool, Error> {
        let not_committed = |error| failed("commit the vault", error);
        let path = self.path.as_os_str();
        // A vault that is ignored, as by a rule for all of its kind, would never be shared, and nobody would be told.
        let status = ["--literal-pathspecs", "status", "--porcelain", "--ignored", "--untracked-files=all", "--"];
        if self.repository.git(status.map(OsStr::new).into_iter().chain([path])).map_err(not_committed)?.is_empty() {
            return Ok(false);
        }
        self.repository.add(&self.path).map_err(not_committed)?;
        let message = format!("Update vault {}", self.team);
        let commit = ["--literal-pathspecs", "commit", "--quiet", "--only", "-m", &message, "--"].map(OsStr::new);
        self.repository.git(commit.into_iter().chain([path])).map_err(not_committed)?;
        Ok(true)
    }

    /// Merges what was fetched. A merge that stops at anything but disputes is taken back.
    fn merge(&self, upstream: &str) -> Result<(), Error> {
        let Err(error) = self.repository.git(["merge", "--ff", "--no-edit", "--quiet", upstream]) else {
            return Ok(());
        };
        if self.repository.doing() != Some(Operation::Merge) {
            return Err(match error.0.contains("would be overwritten by merge") {
                true => Sharing::InTheWay { error }.into(),
                false => failed("merge; the change is committed here", error),
            });
        }
        let (_, disputes) = match resolve(self.cx, &self.repository) {
            Ok(resolved) => resolved,
            Err(error) => {
                self.take_back()?;
                return Err(error);
            }
        };
        let rest = self.repository.unmerged().map_err(|error| failed("look at the merge", error))?;
        let is_ours = |path: &PathBuf| disputes.iter().any(|(disputed, _)| disputed == path);
        if let Some(other) = rest.keys().find(|path| !is_ours(path)) {
            self.take_back()?;
            return Err(Sharing::OtherConflict { path: other.clone(), upstream: upstream.to_owned() }.into());
        }
        if disputes.is_empty() {
            return commit_merge(&self.repository);
        }
        let disputes = disputes.into_iter().map(|(_, dispute)| dispute).collect();
        Err(Sharing::Disputes { disputes, path: self.path.clone(), go_on: Some("etui sync") }.into())
    }

    fn take_back(&self) -> Result<(), Error> {
        self.repository.git(["merge", "--abort"]).map(drop).map_err(|error| failed("take the merge back", error))
    }

    fn say(&self, is_new: bool) {
        self.cx.ui.say(&format!("{}: team {}", if is_new { "synced" } else { "in sync" }, self.team));
    }
}
