//! Commands that etui runs as their parent: signals, terminals, and output that is filtered on its way.

mod child;
mod filtered;
mod job;
mod mode;
mod signals;
mod stream;

pub use child::{Running, end_like, is_interrupt, obey_signals, run, start};
pub use filtered::{FilteredCommand, Pump, is_ready, needs_leader, start_filtered};
pub use job::{become_command, lead};
pub use stream::{Stream, input};
