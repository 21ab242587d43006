//! The event loop: terminal, answers, deadlines and signals. It draws only when something changed, and sleeps until something must happen.

use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, EventStream};
use futures::StreamExt as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::unbounded_channel,
};

use super::{
    Options,
    clipboard::Clipboard,
    effect::{Carrier, ListChoice},
    event::{Effect, Event},
    recording,
    state::State,
    terminal::Hold,
    update::update,
    view,
};
use crate::service::Error;

/// How often a session leaves a heartbeat in its chain.
const HEARTBEAT: Duration = Duration::from_mins(4);

/// Runs the desk until it is quit.
///
/// # Errors
/// When the terminal cannot be taken, and when the session's audit is not what was done in it. The terminal is given back in any case.
pub async fn run(options: Options) -> Result<(), Error> {
    let failed =
        |error: std::io::Error| Error::Plain(format!("The terminal cannot be used: {error}. Try another TERM, or `sealdesk find`."));
    let mut hold = Hold::take(options.config.mouse).map_err(failed)?;
    let mut hung_up = signal(SignalKind::hangup()).map_err(failed)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(failed)?;
    let (sender, mut answers) = unbounded_channel();
    let mut state = State::new(&options.config, options.user.as_deref(), options.help_people);
    state.help_steps = options.help_steps;
    state.recorder = recording::recorder();
    let mut clipboard = Clipboard::from_environment().await;
    state.in_tmux = clipboard.clears();
    let mut carrier = Carrier::new(options.config, sender);
    let mut input = EventStream::new();
    let mut next_beat = Instant::now() + HEARTBEAT;
    if let (Some(passphrase), Some(user)) = (options.passphrase, options.user) {
        state.unlocking = true;
        carrier.carry(Effect::Unlock { user, passphrase, code: options.code }, choice(&state));
    }
    let mut dirty = true;
    loop {
        if dirty {
            state.now = Instant::now();
            hold.screen.draw(|frame| view::render(frame, &mut state)).map_err(failed)?;
        }
        clipboard.expire().await;
        let deadline = state.next_deadline().map(|deadline| deadline.min(next_beat));
        let deadline = deadline.into_iter().chain(clipboard.deadline()).min();
        let event = tokio::select! {
            biased;
            _ = hung_up.recv() => break,
            _ = terminated.recv() => break,
            event = input.next() => match event {
                Some(Ok(event)) => translate(event),
                Some(Err(_)) | None => break,
            },
            answer = answers.recv() => answer,
            () = until(deadline) => Some(Event::Tick),
        };
        let Some(event) = event else {
            dirty = false;
            continue;
        };
        if matches!(event, Event::Unlocked(Ok(_))) {
            carrier.settle().await;
        }
        // Versions that were only looked at change the picture where a form says so.
        dirty = !matches!(event, Event::Peeked(_)) || state.popup.is_some();
        let mut effects = update(&mut state, event);
        if state.session.is_some() && Instant::now() >= next_beat {
            next_beat = Instant::now() + HEARTBEAT;
            effects.push(Effect::Heartbeat);
        }
        if carry_out(effects, &mut state, &mut carrier, &mut hold, &mut clipboard).await.map_err(failed)? {
            break;
        }
    }
    drop(hold);
    clipboard.clear().await;
    carrier.close().await
}

/// Answers whether to quit.
async fn carry_out(
    effects: Vec<Effect>,
    state: &mut State,
    carrier: &mut Carrier,
    hold: &mut Hold,
    clipboard: &mut Clipboard,
) -> std::io::Result<bool> {
    for effect in effects {
        match effect {
            Effect::Quit => return Ok(true),
            Effect::Redraw => hold.redraw()?,
            Effect::Bell => Hold::write("\x07")?,
            Effect::Suspend => {
                hold.screen.draw(|frame| view::render(frame, state))?;
                hold.suspend()?;
            }
            Effect::Clipboard { text, until } => {
                if let Some(sequence) = clipboard.put(text.expose(), until).await {
                    Hold::write(&sequence)?;
                }
            }
            Effect::Lock => {
                clipboard.clear().await;
                carrier.carry(Effect::Lock, choice(state));
            }
            effect => carrier.carry(effect, choice(state)),
        }
    }
    Ok(false)
}

fn choice(state: &State) -> ListChoice {
    ListChoice {
        sort: state.sort,
        view: state.saved_view,
        kind: state.shown_kind.clone(),
        language: state.language,
        search_box: state.search_box,
    }
}

fn translate(input: Input) -> Option<Event> {
    Some(match input {
        Input::Key(key) => Event::Key(key),
        Input::Paste(text) => Event::Paste(text),
        Input::Mouse(mouse) => Event::Mouse(mouse),
        Input::Resize(..) => Event::Resize,
        Input::FocusLost => Event::FocusLost,
        Input::FocusGained => return None,
    })
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
