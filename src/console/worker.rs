//! The work of requests: one after the other, beside the keys.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use crate::report::{Error, Level};
use crate::session::{Session, Settings};
use crate::ui::{Color, Ui, UiSettings};
use crate::vault::hex;
use crate::vault::{Context, Record};

/// How soon the console notices that the laptop has slept.
const TICK: Duration = Duration::from_secs(5);

/// Why the console ends.
pub enum End {
    Asked,
    Unused,
    Failed(Error),
}

/// What the server hands to the desk.
pub enum Work {
    Job(Box<dyn FnOnce(&mut Desk) + Send>),
    /// Nothing has to be done, but somebody uses the page.
    Used,
    End(End),
}

/// Takes work to the desk.
#[derive(Clone)]
pub struct Worker(Sender<Work>);

/// Makes a worker, and the queue of its work.
pub fn pair() -> (Worker, Receiver<Work>) {
    let (send, receive) = mpsc::channel();
    (Worker(send), receive)
}

impl Worker {
    /// Has something done at the desk. None if the console has ended.
    pub async fn ask<T: Send + 'static>(&self, work: impl FnOnce(&mut Desk) -> T + Send + 'static) -> Option<T> {
        let (answer, done) = oneshot::channel();
        let job = move |desk: &mut Desk| drop(answer.send(work(desk)));
        self.0.send(Work::Job(Box::new(job))).ok()?;
        done.await.ok()
    }

    pub fn used(&self) {
        let _ = self.0.send(Work::Used);
    }

    pub fn end(&self, end: End) {
        let _ = self.0.send(Work::End(end));
    }
}

/// Where requests are worked on: the vault in use, and the keys that open it.
pub struct Desk {
    pub session: Session,
    /// Renders errors for the page.
    pub ui: Ui,
    /// The context of the link, in which the page begins.
    pub context: Context,
    /// How many wrong passphrases came.
    pub wrong: usize,
    /// Why the console ends after the current job.
    pub end: Option<End>,
    /// Whether the current job was not asked for by a person: the page refreshes itself.
    pub is_refresh: bool,
    /// The key of the marks, which must reveal nothing about the values.
    salt: [u8; 16],
}

impl Desk {
    /// Makes a desk for the vault that is in use now, whatever happens to the link later.
    pub fn new(session: &Session, context: Context) -> Desk {
        // Notices go to the page. Only warnings also go to the terminal.
        let (level, color) = (Level::Warning, Color::Never);
        let ui = Ui::new(UiSettings { json: true, yes: true, no_input: true, level, color, ..UiSettings::default() });
        let mut settings = Settings { no_link: true, ..session.settings.clone() };
        if let Ok(location) = session.location() {
            settings.vault = Some(location.file.path().to_owned());
            settings.team = location.team.as_ref().map(ToString::to_string);
        }
        let session = Session::new(settings, Arc::new(ui.clone()));
        Desk { session, ui, context, wrong: 0, end: None, is_refresh: false, salt: rand::random() }
    }

    /// Works until the console ends: because somebody ends it, or because nobody used it for this long.
    pub fn work(&mut self, jobs: &Receiver<Work>, patience: Duration) -> End {
        let mut last = LastUse::now();
        loop {
            let work = jobs.recv_timeout(patience.saturating_sub(last.elapsed()).min(TICK));
            // This also ends the console if a job arrives only now.
            if last.elapsed() >= patience {
                return End::Unused;
            }
            match work {
                Ok(Work::Job(job)) => {
                    job(self);
                    self.session.condition = None;
                    if !std::mem::take(&mut self.is_refresh) {
                        last = LastUse::now();
                    }
                }
                Ok(Work::Used) => last = LastUse::now(),
                Ok(Work::End(end)) => return end,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return End::Asked,
            }
            if let Some(end) = self.end.take() {
                return end;
            }
        }
    }

    /// Returns a mark of the records under a name. It changes with every change of them, and is the same for none.
    pub fn mark(&self, records: &[&Record]) -> String {
        mark(&self.salt, records)
    }

    /// Returns the key of the marks, for a condition, which outlives the borrow of the desk.
    pub fn salt(&self) -> [u8; 16] {
        self.salt
    }
}

/// When the console was last used: by a clock that nobody sets, and by one that goes on while the laptop sleeps.
struct LastUse(Instant, SystemTime);

impl LastUse {
    fn now() -> LastUse {
        LastUse(Instant::now(), SystemTime::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed().max(self.1.elapsed().unwrap_or_default())
    }
}

/// Returns the mark of the records under a name.
pub fn mark(salt: &[u8; 16], records: &[&Record]) -> String {
    // On the heap, which is wiped: the hash keeps the end of the value.
    let mut hash = Box::new(Sha256::new());
    hash.update(salt);
    for record in records {
        let expires = record.expires.map(|at| at.to_string());
        let parts = [record.updated.to_string(), record.by.to_string(), expires.unwrap_or_default()];
        let note = record.note.as_deref().unwrap_or_default();
        for part in parts.iter().map(String::as_bytes).chain([note.as_bytes(), record.value.expose()]) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hex::encode(&hash.finalize_reset()[..12])
}
