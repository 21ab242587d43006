//! Every command of the desk in one table: key, names in both languages, where it works. The bottom bar, help and palette are made from it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::state::{Pane, Screen};
use crate::model::catalogue::Language;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Search,
    Reveal,
    RevealSection,
    Hide,
    Copy,
    Edit,
    New,
    Note,
    Notes,
    History,
    Delete,
    Undelete,
    NextPane,
    PreviousPane,
    Zoom,
    Grow,
    Shrink,
    Sort,
    SavedView,
    Columns,
    Star,
    Mark,
    CopyNumbers,
    GoToRecord,
    Open,
    Desk,
    Audit,
    Filter,
    Pause,
    WhoSaw,
    Event,
    Back,
    RemoveFilter,
    AuditOfRecord,
    People,
    FindPerson,
    PeopleOrder,
    AddPerson,
    ConfirmPerson,
    NewCode,
    RenamePerson,
    ClearPerson,
    Label,
    PersonRoles,
    DisablePerson,
    EnablePerson,
    SignOut,
    Grid,
    Findings,
    Reviews,
    OpenReview,
    KeepGrant,
    RevokeGrant,
    ChangeGrant,
    Allow,
    ResetSecondFactor,
    LeavePerson,
    Requests,
    Approve,
    Refuse,
    AskRole,
    BreakGlass,
    EndRequest,
    ReviewGlass,
    Perform,
    AllRequests,
    DoneUnderIt,
    Passphrase,
    Sessions,
    Explain,
    Seers,
    Share,
    SharedWithMe,
    SharedByMe,
    Timeline,
    Verify,
    Lock,
    StepUp,
    Language,
    Theme,
    Palette,
    Help,
    Redraw,
    Refresh,
    Suspend,
    Quit,
}

/// Where a command belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Anywhere,
    Desk,
    Detail,
    List,
    Strip,
    Audit,
    /// Everywhere on the people screen.
    People,
    /// There too, for who manages people.
    Officer,
    Reviews,
    Requests,
}

pub struct Entry {
    pub command: Command,
    /// As shown: `r`, `Ctrl-l`.
    pub key: &'static str,
    pub en: &'static str,
    pub zh: &'static str,
    pub place: Place,
    /// Whether it has a place in the bottom bar.
    pub in_bar: bool,
}

const fn entry(command: Command, key: &'static str, en: &'static str, zh: &'static str, place: Place, in_bar: bool) -> Entry {
    Entry { command, key, en, zh, place, in_bar }
}

pub const ENTRIES: &[Entry] = &[
    entry(Command::Search, "/", "search", "搜索", Place::Desk, true),
    entry(Command::Event, "Enter", "event in full", "查看事件", Place::Strip, true),
    entry(Command::AuditOfRecord, "f", "all its events", "此记录全部事件", Place::Strip, true),
    entry(Command::Open, "Enter", "open", "打开", Place::List, true),
    entry(Command::Reveal, "r", "reveal", "查看", Place::Detail, true),
    entry(Command::RevealSection, "R", "reveal section", "查看整节", Place::Detail, false),
    entry(Command::Copy, "y", "copy", "复制", Place::Detail, true),
    entry(Command::Edit, "e", "edit", "编辑", Place::Desk, true),
    entry(Command::Note, "n", "note", "加备注", Place::Desk, true),
    entry(Command::Notes, "N", "read notes", "读备注", Place::Desk, false),
    entry(Command::Share, "S", "share", "共享", Place::Detail, false),
    entry(Command::History, "h", "field history", "字段历史", Place::Detail, false),
    entry(Command::New, "a", "new customer", "新客户", Place::Desk, false),
    entry(Command::Delete, "d", "delete", "删除", Place::Desk, false),
    entry(Command::Undelete, "U", "undo delete", "撤销删除", Place::Desk, false),
    entry(Command::Sort, "s", "sort", "排序", Place::Desk, false),
    entry(Command::SavedView, "v", "saved view", "视图", Place::Desk, false),
    entry(Command::Columns, "c", "columns", "列", Place::Desk, false),
    entry(Command::Star, "*", "star", "星标", Place::Desk, false),
    entry(Command::Mark, "Space", "mark", "标记", Place::Desk, false),
    entry(Command::CopyNumbers, "y", "copy record numbers", "复制记录编号", Place::List, false),
    entry(Command::GoToRecord, "o", "open record", "打开记录", Place::Audit, true),
    entry(Command::Filter, "f", "filter", "筛选", Place::Audit, true),
    entry(Command::Event, "Enter", "event in full", "查看事件", Place::Audit, false),
    entry(Command::RemoveFilter, "Backspace", "remove last filter", "去掉最后一项筛选", Place::Audit, false),
    entry(Command::Back, "Esc", "one step back", "返回上一步", Place::Audit, false),
    entry(Command::Pause, "p", "pause", "暂停", Place::Audit, true),
    entry(Command::WhoSaw, "w", "who saw it", "谁看过", Place::Audit, true),
    entry(Command::Timeline, "u", "timeline", "时间线", Place::Audit, true),
    entry(Command::Verify, "V", "verify", "校验", Place::Audit, true),
    entry(Command::FindPerson, "/", "find", "查找", Place::People, true),
    entry(Command::AddPerson, "a", "add", "添加", Place::Officer, true),
    entry(Command::ConfirmPerson, "c", "confirm", "确认", Place::Officer, true),
    entry(Command::PersonRoles, "r", "roles", "角色", Place::Officer, true),
    entry(Command::RenamePerson, "e", "rename", "改名", Place::Officer, false),
    entry(Command::ClearPerson, "C", "clearance", "密级", Place::Officer, false),
    entry(Command::NewCode, "n", "new code", "新一次性码", Place::Officer, false),
    entry(Command::SignOut, "O", "sign out", "结束会话", Place::Officer, true),
    entry(Command::DisablePerson, "d", "disable", "停用", Place::Officer, true),
    entry(Command::EnablePerson, "E", "enable again", "重新启用", Place::Officer, false),
    entry(Command::LeavePerson, "X", "leaves for good", "离职", Place::Officer, false),
    entry(Command::ResetSecondFactor, "F", "take second factor away", "重置第二因素", Place::Officer, false),
    entry(Command::Timeline, "u", "timeline", "时间线", Place::People, true),
    entry(Command::Grid, "p", "permissions", "权限表", Place::People, true),
    entry(Command::Findings, "f", "findings", "发现", Place::People, true),
    entry(Command::Reviews, "v", "reviews", "权限复核", Place::People, true),
    entry(Command::PeopleOrder, "s", "sort", "排序", Place::People, false),
    entry(Command::Allow, "Enter", "detail, or change rights", "详情，或更改权限", Place::People, false),
    entry(Command::NextPane, "Tab", "pane", "窗格", Place::People, false),
    entry(Command::PreviousPane, "Shift-Tab", "previous pane", "上一窗格", Place::People, false),
    entry(Command::Zoom, "z", "zoom pane", "放大窗格", Place::People, false),
    entry(Command::Back, "Esc", "one step back", "返回上一步", Place::People, false),
    entry(Command::KeepGrant, "K", "keep", "保留", Place::Reviews, true),
    entry(Command::RevokeGrant, "x", "revoke", "收回", Place::Reviews, true),
    entry(Command::ChangeGrant, "c", "change to another role", "变更为其他角色", Place::Reviews, true),
    entry(Command::OpenReview, "Enter", "open", "打开", Place::Reviews, true),
    entry(Command::Findings, "f", "findings", "发现", Place::Reviews, true),
    entry(Command::Reviews, "v", "reviews", "权限复核", Place::Reviews, true),
    entry(Command::Back, "Esc", "one step back", "返回上一步", Place::Reviews, false),
    entry(Command::Approve, "a", "approve", "批准", Place::Requests, true),
    entry(Command::Refuse, "x", "refuse", "拒绝", Place::Requests, true),
    entry(Command::ReviewGlass, "v", "review", "复核", Place::Requests, true),
    entry(Command::Perform, "Enter", "do what was approved", "执行已获批准的", Place::Requests, true),
    entry(Command::EndRequest, "d", "take back, end", "撤回或结束", Place::Requests, true),
    entry(Command::AskRole, "n", "ask for a role", "申请临时角色", Place::Requests, true),
    entry(Command::BreakGlass, "B", "break glass", "紧急取权", Place::Requests, true),
    entry(Command::DoneUnderIt, "o", "what was done", "据此执行的操作", Place::Requests, false),
    entry(Command::AllRequests, "p", "past ones too", "含已结束的", Place::Requests, false),
    entry(Command::Back, "Esc", "one step back", "返回上一步", Place::Requests, false),
    entry(Command::Explain, "x", "why, why not", "为何可否", Place::Detail, false),
    entry(Command::Seers, "W", "who can see it", "谁能看到", Place::Desk, false),
    entry(Command::NextPane, "Tab", "pane", "窗格", Place::Desk, true),
    entry(Command::PreviousPane, "Shift-Tab", "previous pane", "上一窗格", Place::Desk, false),
    entry(Command::Zoom, "z", "zoom pane", "放大窗格", Place::Desk, false),
    entry(Command::Grow, "+", "larger pane", "放大此窗格", Place::Desk, false),
    entry(Command::Shrink, "-", "smaller pane", "缩小此窗格", Place::Desk, false),
    entry(Command::Desk, "1", "desk", "工作台", Place::Anywhere, false),
    entry(Command::Audit, "2", "audit", "审计", Place::Anywhere, true),
    entry(Command::People, "3", "people", "人员", Place::Anywhere, true),
    entry(Command::Requests, "i", "requests", "申请", Place::Anywhere, false),
    entry(Command::Back, "q", "back", "返回", Place::Anywhere, false),
    entry(Command::Hide, "Esc", "hide revealed", "隐藏", Place::Detail, false),
    entry(Command::Lock, "L", "lock", "锁定", Place::Anywhere, false),
    entry(Command::StepUp, "F5", "one-time code", "一次性验证码", Place::Anywhere, false),
    entry(Command::Language, "F2", "language", "语言", Place::Anywhere, false),
    entry(Command::Theme, "F3", "theme", "主题", Place::Anywhere, false),
    entry(Command::Palette, ":", "command", "命令", Place::Anywhere, true),
    entry(Command::Label, ":", "label", "标签", Place::Desk, false),
    entry(Command::Passphrase, ":", "passphrase", "更改口令", Place::Anywhere, false),
    entry(Command::SharedWithMe, ":", "shared with me", "与我共享", Place::Anywhere, false),
    entry(Command::SharedByMe, ":", "shared by me", "我的共享", Place::Anywhere, false),
    entry(Command::Sessions, ":", "my sessions", "我的会话", Place::Anywhere, false),
    entry(Command::Help, "?", "help", "帮助", Place::Anywhere, true),
    entry(Command::Redraw, "Ctrl-l", "redraw", "重绘", Place::Anywhere, false),
    entry(Command::Refresh, "Ctrl-r", "read again", "重新读取", Place::Anywhere, false),
    entry(Command::Suspend, "Ctrl-z", "suspend", "挂起", Place::Anywhere, false),
    entry(Command::Quit, "Q", "quit", "退出", Place::Anywhere, true),
];

impl Entry {
    #[must_use]
    pub fn name(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }

    #[must_use]
    pub fn works(&self, screen: Screen, pane: Pane) -> bool {
        match self.place {
            Place::Anywhere => true,
            Place::Desk => screen == Screen::Desk,
            Place::Detail => screen == Screen::Desk && pane == Pane::Detail,
            Place::Strip => screen == Screen::Desk && pane == Pane::Strip,
            Place::List => screen == Screen::Desk && pane == Pane::List,
            Place::Audit => screen == Screen::Audit,
            Place::People | Place::Officer => screen == Screen::People,
            Place::Reviews => screen == Screen::Reviews,
            Place::Requests => screen == Screen::Requests,
        }
    }
}

/// The command a key stands for on a screen, if any.
#[must_use]
pub fn command(key: KeyEvent, screen: Screen, pane: Pane) -> Option<Command> {
    let name = name_of(key)?;
    ENTRIES.iter().find(|entry| entry.key == name && entry.works(screen, pane)).map(|entry| entry.command)
}

/// A key as the table writes it.
fn name_of(key: KeyEvent) -> Option<String> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char(' ') => Some("Space".into()),
        KeyCode::Char(c) if control => Some(format!("Ctrl-{c}")),
        KeyCode::Char(c) => Some(c.to_string()),
        KeyCode::Enter => Some("Enter".into()),
        KeyCode::Tab => Some("Tab".into()),
        KeyCode::BackTab => Some("Shift-Tab".into()),
        KeyCode::Esc => Some("Esc".into()),
        KeyCode::Backspace => Some("Backspace".into()),
        KeyCode::F(n) => Some(format!("F{n}")),
        _ => None,
    }
}
