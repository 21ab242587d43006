//! A copy of what the filter shows, for other programs.

use crossterm::event::KeyEvent;

use super::super::{
    super::{
        event::{Answer, Effect},
        state::{Popup, State},
    },
    answers::accept,
    chooser::{self, Chosen},
    popups::Step,
    requests,
};
use crate::model::{
    audit::{ExportFormat, Filter},
    catalogue::Language,
    request::Asked,
};

pub fn choose(state: &mut State) -> Vec<Effect> {
    state.popup = Some(Popup::ExportAs { selected: 0 });
    Vec::new()
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    match chooser::key(selected, ExportFormat::ALL.len(), key) {
        Chosen::Entry(index) => {
            let format = ExportFormat::ALL.get(index).copied().unwrap_or(ExportFormat::Csv);
            state.message = Some(state.say("Writing the copy ...", "正在导出...").to_owned());
            Step::Close(vec![Effect::ExportAudit { filter: Box::new(state.audit.filter.clone()), format }])
        }
        Chosen::Leave => Step::Close(Vec::new()),
        Chosen::Not => Step::Stay,
    }
}

/// The copy is written, or somebody must approve it first.
pub fn written(state: &mut State, filter: &Filter, format: ExportFormat, answer: Answer<(String, u64)>) -> Vec<Effect> {
    if answer.as_ref().is_err_and(|trouble| trouble.code == "SD050") {
        let text = state.say("Somebody else approves this copy first: say why you need it.", "此次导出须先经他人批准：请写明理由。");
        state.message = Some(text.to_owned());
        return requests::dialog::ask(state, Asked::AuditExport { of: filter.export_subject(format) });
    }
    let Some((path, count)) = accept(state, answer) else { return Vec::new() };
    state.message = Some(match state.language {
        Language::English => format!("{count} events are in {path}; whoever has the file can read it."),
        Language::Chinese => format!("{count} 条事件已写入 {path}；任何持有该文件的人都能阅读。"),
    });
    Vec::new()
}
