//! Parse, dispatch, answer with an exit code; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    sealdesk::crypto::memory::harden_process();
    sealdesk::cli::main()
}
