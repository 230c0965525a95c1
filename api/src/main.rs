//! The program `khuyenhoc`. Everything is in the library, so that tests reach it; here it only starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    khuyenhoc::command::main()
}
