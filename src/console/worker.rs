//! The one who does what requests ask for: one after the other, beside the keys.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use crate::old::context::{Cx, VaultLocation};
use crate::old::error::Error;
use crate::old::ui::{Color, Level, Ui};
use crate::vault::{Context, Record, Timestamp};

/// How soon it is seen that the laptop has slept.
const TICK: Duration = Duration::from_secs(5);

/// Why the console ends.
pub enum End {
    Asked,
    Unused,
    Failed(Error),
}

pub enum Work {
    Job(Box<dyn FnOnce(&mut Desk) + Send>),
    /// Nothing is to be done, but somebody is at the page.
    Used,
    End(End),
}

/// Takes work to the desk.
#[derive(Clone)]
pub struct Worker(Sender<Work>);

pub fn pair() -> (Worker, Receiver<Work>) {
    let (send, receive) = mpsc::channel();
    (Worker(send), receive)
}

impl Worker {
    /// Has something done; none if the console has ended.
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

/// Where requests are worked on: the vault that is meant, and the keys that open it.
pub struct Desk {
    pub cx: Cx,
    /// What the link of the directory says; the page begins there.
    pub context: Context,
    /// How often a wrong passphrase came.
    pub wrong: usize,
    /// Why the console is to end after the job at hand.
    pub end: Option<End>,
    /// Whether the job at hand is done for nobody, but for the news.
    pub is_news: bool,
    /// Keys the marks: they must tell nothing of the values.
    salt: [u8; 16],
}

impl Desk {
    /// The vault is the one that was found at the start, whatever becomes of the link.
    pub fn new(cx: &Cx, place: &VaultLocation, context: Context) -> Result<Desk, Error> {
        let mut options = cx.options.clone();
        options.vault = Some(place.file.path().to_owned());
        options.team = place.team.as_ref().map(ToString::to_string);
        (options.no_link, options.no_input) = (true, true);
        let cx = Cx::with(quiet(cx.ui.now), options, cx.command.clone())?;
        Ok(Desk { cx, context, wrong: 0, end: None, is_news: false, salt: rand::random() })
    }

    /// Works until the end; that nobody was there for so long is one, also if the first thing then is a job.
    pub fn work(&mut self, jobs: &Receiver<Work>, patience: Duration) -> End {
        let mut last = Last::now();
        loop {
            let work = jobs.recv_timeout(patience.saturating_sub(last.ago()).min(TICK));
            if last.ago() >= patience {
                return End::Unused;
            }
            match work {
                Ok(Work::Job(job)) => {
                    self.cx.ui = quiet(now());
                    job(self);
                    self.cx.condition = None;
                    if !std::mem::take(&mut self.is_news) {
                        last = Last::now();
                    }
                }
                Ok(Work::Used) => last = Last::now(),
                Ok(Work::End(end)) => return end,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return End::Asked,
            }
            if let Some(end) = self.end.take() {
                return end;
            }
        }
    }

    /// What a form was opened on: another for every change of what stands there, and one for nothing.
    pub fn mark(&self, standing: &[&Record]) -> String {
        mark(&self.salt, standing)
    }

    /// The key of the marks, for a condition, which outlives the borrow of the desk.
    pub fn salt(&self) -> [u8; 16] {
        self.salt
    }
}

/// When the console was last used: by a clock that nobody sets, and by one that goes on while the laptop sleeps.
struct Last(Instant, SystemTime);

impl Last {
    fn now() -> Last {
        Last(Instant::now(), SystemTime::now())
    }

    fn ago(&self) -> Duration {
        self.0.elapsed().max(self.1.elapsed().unwrap_or_default())
    }
}

/// The mark of what stands under a name.
pub fn mark(salt: &[u8; 16], standing: &[&Record]) -> String {
    // On the heap, which is wiped: it keeps the end of the value.
    let mut hash = Box::new(Sha256::new());
    hash.update(salt);
    for record in standing {
        let expires = record.expires.map(|at| at.to_string());
        let parts = [record.updated.to_string(), record.by.to_string(), expires.unwrap_or_default()];
        let note = record.note.as_deref().unwrap_or_default();
        for part in parts.iter().map(String::as_bytes).chain([note.as_bytes(), record.value.expose()]) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize_reset()[..12].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the operations say is told by the page: only warnings go to the terminal.
fn quiet(now: Timestamp) -> Ui {
    Ui::new(true, true, true, Level::Warning, Color::Never, now)
}

fn now() -> Timestamp {
    Timestamp::at(jiff::Timestamp::now())
}
