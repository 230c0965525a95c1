//! Copies on phones: nothing is missed, what is gone is told, and a copy brought up to date is the one begun anew.

mod evidence;
mod journey;
mod load;
mod phone;
mod reset;
mod settled;
mod walk;
