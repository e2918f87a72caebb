//! Commands that etui runs as their parent: signals, terminals, output that is filtered on its way, and the programs of
//! the clipboard.

mod child;
mod clipboard;
mod detached;
mod filtered;
mod job;
mod mode;
mod signals;
mod stream;

pub use child::{Running, end_like, is_interrupt, obey_signals, run, start};
pub use clipboard::{Clipboard, ClipboardError, copy, without_own_variables};
pub use detached::{detach, start_detached};
pub use filtered::{FilteredCommand, Pump, is_ready, needs_leader, start_filtered};
pub use job::{become_command, lead};
pub use stream::{Stream, input};
