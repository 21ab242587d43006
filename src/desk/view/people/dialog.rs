//! The small forms and questions about a person, the one-time code, one's own sessions, and why one may or may not.

use std::collections::BTreeSet;

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        super::{
            keymap::Command,
            people::{Code, Dialog, Purpose},
            refusal::refusal,
            reviews,
            settings::Purpose as Setting,
            state::State,
        },
        alerts, audit_reviews, freeze, incidents, input,
        popup::{more_marks, near, near_and_whole, placed, wrapped},
        requests, safe, settings,
    },
    in_words,
};
use crate::{
    model::{
        audit::outcome_in_words,
        capability,
        catalogue::{Language, Rights},
        clearance::Losing,
        person::{Access, OpenSession, PersonState},
        request::Replayed,
        retention::Kept,
    },
    text::{sanitise::for_terminal, width},
};

const WIDTH: u16 = 66;
const LABEL: usize = 12;

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, dialog: &Dialog) {
    let columns = usize::from(WIDTH.min(area.width)).saturating_sub(4);
    let above = wrapped(&explanation(state, dialog), columns);
    let changes = match (&dialog.purpose, &dialog.replay) {
        (Purpose::Roles, _) => changes(state, dialog),
        (_, Some(found)) => replayed(state, found),
        (Purpose::Settings(Setting::Retention(rule)), None) => {
            let purges = rule.of != Kept::Untouched || dialog.checks.iter().any(|check| check.2);
            let told = dialog.tried.as_ref().map(|(_, due)| settings::dialog::would(state, purges, due));
            told.map(|told| wrapped(&told, columns).into_iter().map(|text| (text, state.theme.accent)).collect()).unwrap_or_default()
        }
        _ => dialog.losing.as_ref().map(|losing| losing_sight(state, losing, columns)).unwrap_or_default(),
    };
    let error: Vec<String> = dialog.error.as_deref().map(|error| wrapped(error, columns)).unwrap_or_default();
    let height = above.len() + dialog.rows() + changes.len() + error.len().max(1) + 2;
    let place = near_and_whole(area, state, WIDTH, u16::try_from(height).unwrap_or(u16::MAX));
    let inner = placed(frame, place, state, format!(" {} ", title(state, dialog)));
    let mut y = inner.y;
    let mut line = |frame: &mut Frame<'_>, text: &str, style: Style| {
        if y < inner.bottom() {
            frame.render_widget(Paragraph::new(Line::from(safe(text, style))), Rect { y, height: 1, ..inner });
        }
        y += 1;
        y - 1
    };
    // Where there is little room, what is typed and what is wrong come before the explanation.
    let room = usize::from(inner.height);
    let spare = room.saturating_sub(dialog.rows() + changes.len() + error.len().max(1));
    for text in above.iter().take(spare) {
        line(frame, &format!(" {text}"), state.theme.normal);
    }
    // Where even that is too much, the boxes and ticks around the cursor.
    let visible = room.saturating_sub(above.len().min(spare) + changes.len() + error.len().max(1)).max(3);
    let first = (dialog.selected + 1).saturating_sub(visible);
    let shown = |row: usize| row >= first && row < first + visible;
    let top = inner.y + u16::try_from(above.len().min(spare)).unwrap_or(0);
    for (index, entered) in dialog.boxes.iter().enumerate().filter(|(index, _)| shown(*index)) {
        let active = index == dialog.selected && !dialog.busy;
        let label = state.say(entered.label.0, entered.label.1);
        let y = line(frame, &format!(" {}", width::fit(label, LABEL)), if active { state.theme.accent } else { state.theme.dim });
        let left = u16::try_from(LABEL + 2).unwrap_or(14);
        let place = Rect { x: inner.x + left, y, width: inner.width.saturating_sub(left + 1), height: 1 }.intersection(inner);
        if place.height > 0 && entered.secret {
            input::render_secret(frame, place, &entered.input, active);
        } else if place.height > 0 {
            input::render(frame, place, &entered.input, state.theme.normal, active);
        }
    }
    for (index, (role, _, after)) in dialog.checks.iter().enumerate().filter(|(index, _)| shown(dialog.boxes.len() + index)) {
        let selected = dialog.check_at_cursor() == Some(index);
        let name = match dialog.purpose {
            Purpose::Allow(_) => right_name(state, role).to_owned(),
            Purpose::Clear | Purpose::Label { .. } => clearance_name(state, role, index < dialog.levels),
            Purpose::Settings(_) => settings::dialog::check_name(state, role).to_owned(),
            Purpose::AuditReviews(_) => audit_reviews::check_name(state, role),
            Purpose::Incident(_) => incidents::check_name(state, role),
            Purpose::Reviews(_) => {
                state.say("unanswered: to the security officers, not revoked", "到期未答复的上报安全管理员，不直接收回").to_owned()
            }
            _ => role_name(state, role),
        };
        let mark = match (*after, index < dialog.levels) {
            (true, true) => "(x)",
            (false, true) => "( )",
            (true, false) => "[x]",
            (false, false) => "[ ]",
        };
        let text = format!(" {mark} {name}");
        line(frame, &text, if selected { state.theme.selected } else { state.theme.normal });
    }
    for (text, style) in changes {
        line(frame, &format!(" {text}"), style);
    }
    for text in error {
        line(frame, &format!(" {text}"), state.theme.bad);
    }
    if dialog.busy {
        line(frame, state.say(" One moment ...", " 请稍候..."), state.theme.dim);
    }
    let rows = Rect { y: top, height: u16::try_from(visible.min(dialog.rows())).unwrap_or(0), ..inner }.intersection(inner);
    more_marks(frame, rows, state, first > 0, first + visible < dialog.rows());
}

fn title(state: &State, dialog: &Dialog) -> String {
    let name = match &dialog.purpose {
        Purpose::Add => state.say("Add a person", "添加人员"),
        Purpose::Rename => state.say("Rename", "改名"),
        Purpose::Clear => state.say("Clearance", "密级"),
        Purpose::Label { .. } => state.say("Label", "标签"),
        Purpose::Hold { on: true, .. } => state.say("Legal hold", "法定保留"),
        Purpose::Hold { on: false, .. } => state.say("Release a legal hold", "解除法定保留"),
        Purpose::HandOn { .. } => state.say("Owner", "移交"),
        Purpose::Confirm(_) => state.say("Confirm", "确认"),
        Purpose::NewCode => state.say("New one-time code", "新一次性代码"),
        Purpose::Enable => state.say("Enable again", "重新启用"),
        Purpose::Disable => state.say("Disable", "停用"),
        Purpose::SignOut => state.say("Sign out", "结束会话"),
        Purpose::Roles => state.say("Roles", "角色"),
        Purpose::Allow(_) => state.say("Change rights", "更改权限"),
        Purpose::Leave => state.say("Leaves for good", "离职"),
        Purpose::ResetSecondFactor => state.say("Reset two-factor sign-in", "重置双因素验证"),
        Purpose::Incident(purpose) => return incidents::title(state, purpose),
        Purpose::Freeze(target) => return freeze::title(state, target),
        Purpose::SignOutEverybody => state.say("Sign everybody out", "结束全部会话"),
        Purpose::Passphrase => state.say("Change the passphrase", "更改口令"),
        Purpose::SecondFactor => state.say("Set up two-factor sign-in", "启用双因素验证"),
        Purpose::Reviews(reviews::Purpose::Start) => state.say("Begin an access review", "发起权限复核"),
        Purpose::Reviews(reviews::Purpose::Export(_)) => state.say("Export, signed", "导出并签名"),
        Purpose::Reviews(reviews::Purpose::Revoke { .. }) => state.say("Revoke a role", "收回角色"),
        Purpose::Reviews(reviews::Purpose::Change { .. }) => state.say("Change a role", "变更角色"),
        Purpose::Settings(purpose) => settings::dialog::title(state, purpose),
        Purpose::Alerts(purpose) => return alerts::title(state, *purpose),
        Purpose::AuditReviews(purpose) => return audit_reviews::title(state, purpose),
        Purpose::Requests(purpose) => return requests::dialog::title(state, purpose),
    };
    if let Purpose::Allow(class) = &dialog.purpose {
        let known = state.session.as_ref().and_then(|session| session.catalogue.class(class));
        let class = known.map_or(class.as_str(), |class| class.label.in_language(state.language));
        return format!("{name} - {} - {}", role_name(state, &dialog.login), for_terminal(class));
    }
    if dialog.login.is_empty() { name.to_owned() } else { format!("{name} - {}", for_terminal(&dialog.login)) }
}

/// What will happen, before it does.
fn explanation(state: &State, dialog: &Dialog) -> String {
    let who = for_terminal(&dialog.login);
    let (en, zh) = match &dialog.purpose {
        Purpose::Add => (
            "The login name stays for good. A one-time code is shown next.".to_owned(),
            "登录名创建后不能更改。下一步将显示一次性代码。".to_owned(),
        ),
        Purpose::Rename => (format!("What {who} is called. The login name stays."), format!("{who} 的显示名。登录名不变。")),
        Purpose::Clear => (
            format!("What {who} may know of: records up to one level, and compartments besides. Losing some of it ends their sessions."),
            format!("{who} 可查看不高于所选等级、且属于所选分组的记录。范围缩小时，其会话将立即结束。"),
        ),
        Purpose::Label { .. } => (
            "Whoever is not cleared for all of this does not find the record: in no list, count or event.".to_owned(),
            "未同时满足以下要求的人员，在列表、计数和审计中都看不到此记录。".to_owned(),
        ),
        Purpose::Hold { on: true, .. } => (
            "Nothing of this record is purged until the hold is released. Everybody who sees the record reads why.".to_owned(),
            "解除之前不会清除此记录的任何内容。查看此记录的人都会看到理由。".to_owned(),
        ),
        Purpose::Hold { on: false, .. } => (
            "What is due of this record is purged again. Why stays in the audit.".to_owned(),
            "此记录到期的内容将照常清除。理由留存于审计。".to_owned(),
        ),
        Purpose::HandOn { owner, .. } => {
            let owner = for_terminal(owner);
            (
                format!("{owner} answers for this record. Whoever does shares what they may reveal of it, and hands it on; what {owner} shared ends, unless they may share any record."),
                format!("当前负责人为 {owner}。负责人可共享其有权查看的字段，也可移交记录；移交后，{owner} 的共享随即结束（拥有共享权限者除外）。"),
            )
        }
        Purpose::Confirm(found) => (
            format!(
                "Here: {found} - it must be what {who}'s own terminal shows. Type theirs and press Enter, or compare aloud and press Ctrl-s."
            ),
            format!("本机显示：{found}，须与 {who} 终端上显示的一致。请输入对方的指纹后按 Enter；若已口头逐组核对，按 Ctrl-s。"),
        ),
        Purpose::NewCode => (
            format!("{who} loses the present keys and sessions and enrols again. Give a new code?  y / n"),
            format!("{who} 的现有密钥和会话将失效，须重新注册。是否生成新代码？ y / n"),
        ),
        Purpose::Enable if has_left(state, &dialog.login) => (
            format!("{who} left for good. Back again: a new one-time code, to enrol anew, and no role until somebody gives one (r). Go on?  y / n"),
            format!("{who} 已离职。再次入职将获得新的一次性代码，须重新注册；角色须另行授予（按 r）。是否继续？ y / n"),
        ),
        Purpose::Enable => (
            format!("{who} gets a new one-time code and enrols again. Go on?  y / n"),
            format!("{who} 将获得新的一次性代码，并须重新注册。是否继续？ y / n"),
        ),
        Purpose::Disable => (
            format!("{who} is signed out everywhere, loses every wrapped key and cannot sign in. Disable?  y / n"),
            format!("{who} 的会话将全部结束，密钥将收回，且无法再登录。是否停用？ y / n"),
        ),
        Purpose::SignOut => (format!("End the open sessions of {who} now?  y / n"), format!("是否立即结束 {who} 的会话？ y / n")),
        Purpose::Roles => ("Space gives and takes. What changes stands below.".to_owned(), "按空格键授予或收回，变更显示在下方。".to_owned()),
        Purpose::Allow(_) => (
            "Space gives or takes. Enter shows what it means for whom; Enter again does it. What is given comes with its keys; what is taken gives the class new keys.".to_owned(),
            "按空格键授予或收回。按 Enter 预览对各人的影响，再按一次执行。授予时随附密钥；收回时该类别将更换密钥。".to_owned(),
        ),
        Purpose::Reviews(reviews::Purpose::Revoke { role, .. }) => (
            format!("{who} loses the role {} at once, with its key. Say why.", role_name(state, role)),
            format!("{who} 将立即失去{}角色及其密钥。请写明理由。", role_name(state, role)),
        ),
        Purpose::Reviews(reviews::Purpose::Change { role, .. }) => (
            format!(
                "{who} loses the role {} at once; the one in its place comes from whoever manages people. Say which, and why.",
                role_name(state, role)
            ),
            format!("{who} 将立即失去{}角色；新角色由安全管理员授予。请填写新角色和理由。", role_name(state, role)),
        ),
        Purpose::Leave => (
            format!("{who} leaves for good: signed out at once, login closed, roles taken, and every role and class they held a key of gets new keys. It takes some seconds. Go on?  y / n"),
            format!("为 {who} 办理离职：立即结束会话、关闭账号、收回角色，并为其持有过密钥的角色和类别全部更换密钥，约需数秒。是否继续？ y / n"),
        ),
        Purpose::ResetSecondFactor => (
            format!("{who} signs in without a code until they set a second factor up again; their sessions end. Do it?  y / n"),
            format!("{who} 在重新设置双因素验证之前，登录不需要验证码；其会话将结束。是否重置？ y / n"),
        ),
        Purpose::Incident(purpose) => return incidents::explanation(state, purpose),
        Purpose::Freeze(target) => return freeze::explanation(state, target),
        Purpose::SignOutEverybody => (
            "Every session but this one ends now; everybody may sign in again.".to_owned(),
            "除本会话外的所有会话立即结束；所有人可重新登录。".to_owned(),
        ),
        Purpose::Settings(purpose) => return settings::dialog::explanation(state, purpose),
        Purpose::Alerts(purpose) => return alerts::explanation(state, *purpose),
        Purpose::AuditReviews(purpose) => return audit_reviews::explanation(state, purpose),
        Purpose::Requests(purpose) => return requests::dialog::explanation(state, purpose),
        Purpose::SecondFactor => (
            "You have no second factor yet. Your passphrase first, so that nobody else binds their telephone to your account.".to_owned(),
            "您尚未启用双因素验证。请先输入口令，以防他人在您离开时绑定自己的手机。".to_owned(),
        ),
        Purpose::Reviews(reviews::Purpose::Start) => (
            "Reviewers answer for each grant of these roles until the due date. Several with commas; no role means all.".to_owned(),
            "复核人须在截止日期前逐项答复这些角色的授权。多项用逗号分隔；角色留空表示全部。".to_owned(),
        ),
        Purpose::Reviews(reviews::Purpose::Export(number)) => (
            format!("Review {number} with its answers, evidence and events, signed with your key. The file must not be there yet; it is made where the desk was started."),
            format!("导出复核 {number} 的答复、依据和事件，并用您的密钥签名。文件不得已存在，将保存在启动工作台的目录中。"),
        ),
        Purpose::Passphrase => (
            "Your keys stay the same. Every session of yours ends; sign in with the new passphrase then.".to_owned(),
            "密钥不变。您的所有会话将结束，请随后用新口令登录。".to_owned(),
        ),
    };
    match state.language {
        Language::English => en,
        Language::Chinese => zh,
    }
}

/// `+ Payment: search masked reveal`, class by class, and what the roles may do besides.
fn changes(state: &State, dialog: &Dialog) -> Vec<(String, Style)> {
    let held = |after: bool| -> Vec<String> {
        dialog.checks.iter().filter(|check| if after { check.2 } else { check.1 }).map(|check| check.0.clone()).collect()
    };
    let (before, after) = (held(false), held(true));
    let Some(session) = &state.session else { return Vec::new() };
    if before == after {
        return vec![(state.say("nothing changes", "没有变化").to_owned(), state.theme.dim)];
    }
    let mut lines = Vec::new();
    for class in &session.catalogue.classes {
        let (old, new) = (state.people.rights(&before, &class.code), state.people.rights(&after, &class.code));
        let label = class.label.in_language(state.language);
        for (mark, rights, style) in [('+', new.without(old), state.theme.good), ('-', old.without(new), state.theme.bad)] {
            if rights != Rights::default() {
                lines.push((format!("{mark} {label}{}{}", state.say(": ", "："), in_words(state, rights)), style));
            }
        }
    }
    let besides = |roles: &[String]| -> BTreeSet<String> {
        let of = session.catalogue.roles.iter().filter(|role| roles.contains(&role.code));
        of.flat_map(|role| role.capabilities.iter().cloned()).collect()
    };
    let (old, new) = (besides(&before), besides(&after));
    lines.extend(
        new.iter()
            .filter(|code| !old.contains(*code))
            .map(|code| (format!("+ {}", capability::in_words(code, state.language)), state.theme.good)),
    );
    lines.extend(
        old.iter()
            .filter(|code| !new.contains(*code))
            .map(|code| (format!("- {}", capability::in_words(code, state.language)), state.theme.bad)),
    );
    if lines.is_empty() {
        lines.push((state.say("the rights stay as they are", "权限不变").to_owned(), state.theme.dim));
    }
    lines
}

/// Lines that the people who lose sight of a record take at most.
const LOSING: usize = 4;

/// Who will not find the record any more.
fn losing_sight(state: &State, losing: &Losing, columns: usize) -> Vec<(String, Style)> {
    let text = match (losing.people, &losing.logins, state.language) {
        (0, _, Language::English) => "Nobody loses sight of the record. Enter again gives the label.".to_owned(),
        (0, _, Language::Chinese) => "没有人会因此看不到此记录。再按 Enter 设置标签。".to_owned(),
        (1, None, Language::English) => "One person will not find the record any more. Enter again gives the label.".to_owned(),
        (people, None, Language::English) => format!("{people} people will not find the record any more. Enter again gives the label."),
        (people, None, Language::Chinese) => format!("将有 {people} 人看不到此记录。再按 Enter 设置标签。"),
        (people, Some(logins), Language::English) => {
            format!("{people} will not find the record any more: {}. Enter again gives the label.", logins.join(", "))
        }
        (people, Some(logins), Language::Chinese) => {
            format!("将有 {people} 人看不到此记录：{}。再按 Enter 设置标签。", logins.join("、"))
        }
    };
    let style = if losing.people > 0 { state.theme.bad } else { state.theme.normal };
    let mut lines = wrapped(&for_terminal(&text), columns);
    if lines.len() > LOSING {
        // The last line tells the key.
        let last = lines.pop();
        lines.truncate(LOSING - 2);
        lines.push("...".to_owned());
        lines.extend(last);
    }
    lines.into_iter().map(|line| (line, style)).collect()
}

/// Members that a change of rights is shown for.
const MEMBERS: usize = 6;

/// Whom a change would give what or take what from, and what of the last 90 days it would have refused.
fn replayed(state: &State, found: &[Replayed]) -> Vec<(String, Style)> {
    let refused: i64 = found.iter().map(|member| member.reveals).sum();
    let head = match state.language {
        Language::English => {
            let members = if found.len() == 1 { "member" } else { "members" };
            format!("{} {members}; of the last 90 days it refuses {refused} reveals:", found.len())
        }
        Language::Chinese => format!("{} 名成员；过去 90 天中将拒绝 {refused} 次查看：", found.len()),
    };
    let mut lines = vec![(head, if refused > 0 { state.theme.bad } else { state.theme.normal })];
    for member in found.iter().take(MEMBERS) {
        let what = match (member.reveals, state.language) {
            (0, _) => String::new(),
            (reveals, Language::English) => {
                let plural = |count: i64| if count == 1 { "" } else { "s" };
                format!("  {reveals} reveal{} of {} record{}", plural(reveals), member.records, plural(member.records))
            }
            (reveals, Language::Chinese) => format!("  {reveals} 次查看，{} 条记录", member.records),
        };
        lines.push((
            format!("{} {} -> {}{what}", width::fit(&for_terminal(&member.login), 14), member.before, member.after),
            state.theme.normal,
        ));
    }
    if found.len() > MEMBERS {
        lines.push((format!("{} {}", state.say("and more:", "其余人数："), found.len() - MEMBERS), state.theme.dim));
    }
    lines
}

fn has_left(state: &State, login: &str) -> bool {
    state.people.entries.iter().any(|entry| entry.person.user == login && entry.person.state == PersonState::Left)
}

fn role_name(state: &State, code: &str) -> String {
    let known = state.session.as_ref().map(|session| session.catalogue.role_names(&[code.to_owned()], state.language));
    for_terminal(&known.unwrap_or_else(|| code.to_owned()))
}

fn clearance_name(state: &State, code: &str, is_level: bool) -> String {
    let known = state.session.as_ref().map(|session| &session.catalogue.clearances);
    let label = if is_level {
        known.and_then(|known| known.levels.iter().find(|level| level.code == code)).map(|level| &level.label)
    } else {
        known.and_then(|known| known.compartments.iter().find(|one| one.code == code)).map(|one| &one.label)
    };
    for_terminal(label.map_or(code, |label| label.in_language(state.language)))
}

fn right_name(state: &State, code: &str) -> &'static str {
    match code {
        "search" => state.say("search", "搜索"),
        "masked" => state.say("masked", "掩码"),
        "reveal" => state.say("reveal", "查看"),
        _ => state.say("edit", "编辑"),
    }
}

/// The keys, for the last line of the screen.
pub fn keys(state: &State, dialog: &Dialog) -> &'static str {
    match dialog.purpose {
        _ if dialog.busy => "",
        _ if dialog.is_question() => state.say(" y yes   Esc leave", " y 确定   Esc 离开"),
        Purpose::Add => {
            state.say(" Enter next   Space choose a role   Ctrl-s add   Esc leave", " Enter 下一项   空格 选角色   Ctrl-s 添加   Esc 离开")
        }
        Purpose::Label { .. } => state.say(
            " j k move   Space choose   Enter show who loses it, then do   Esc leave",
            " j k 移动   空格 选择   Enter 先预览，再设置   Esc 离开",
        ),
        Purpose::Clear => state.say(" j k move   Space choose   Enter change   Esc leave", " j k 移动   空格 选择   Enter 更改   Esc 离开"),
        Purpose::Allow(_) => state.say(
            " j k move   Space give or take   Enter show, then do   Esc leave",
            " j k 移动   空格 授予或收回   Enter 先预览，再执行   Esc 离开",
        ),
        Purpose::Roles => {
            state.say(" j k move   Space give or take   Enter change   Esc leave", " j k 移动   空格 授予或收回   Enter 更改   Esc 离开")
        }
        Purpose::Confirm(_) => {
            state.say(" Enter they are the same   Ctrl-s compared aloud   Esc leave", " Enter 核对并确认   Ctrl-s 已逐组核对   Esc 离开")
        }
        Purpose::Settings(_) => state
            .say(" Enter next, change   Tab other box   Space tick   Esc leave", " Enter 下一项或更改   Tab 切换   空格 勾选   Esc 离开"),
        _ => state.say(" Enter go on   Tab other box   Esc leave", " Enter 继续   Tab 切换   Esc 离开"),
    }
}

/// The one-time code. It is not kept anywhere and not shown again.
pub fn code(frame: &mut Frame<'_>, area: Rect, state: &State, code: &Code) {
    let who = for_terminal(&code.login);
    let text = match state.language {
        Language::English => format!(
            "Tell {who} this code in person; it is good for 24 hours and is not shown again. On their terminal: sealdesk enrol --user {who}"
        ),
        Language::Chinese => {
            format!("请当面将代码告知 {who}，24 小时内有效，只显示这一次。对方在自己的终端运行：sealdesk enrol --user {who}")
        }
    };
    let columns = usize::from(WIDTH.min(area.width)).saturating_sub(4);
    let text = wrapped(&text, columns);
    let place = near(area, state, WIDTH, u16::try_from(text.len() + 4).unwrap_or(8));
    let inner = placed(frame, place, state, format!(" {} - {who} ", state.say("One-time code", "一次性代码")));
    let mut lines = vec![Line::from(safe(&format!(" {}", code.code.expose()), state.theme.revealed)), Line::default()];
    lines.extend(text.into_iter().map(|text| Line::from(safe(&format!(" {text}"), state.theme.normal))));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// One's own open sessions.
pub fn sessions(frame: &mut Frame<'_>, area: Rect, state: &State, sessions: &[OpenSession], selected: usize) {
    let height = u16::try_from(sessions.len()).unwrap_or(u16::MAX).saturating_add(2).max(3);
    let place = super::super::popup::centred(area, 76, height);
    let inner = placed(frame, place, state, format!(" {} - {} ", state.say("My open sessions", "我的会话"), sessions.len()));
    let rows = usize::from(inner.height);
    let first = (selected + 1).saturating_sub(rows);
    let line = |(index, session): (usize, &OpenSession)| {
        let since = state.local(session.opened_at).strftime("%m-%d %H:%M");
        let own = if session.own { state.say("this one", "本会话") } else { "" };
        let columns = usize::from(inner.width).saturating_sub(24);
        let from = width::fit(&for_terminal(&format!("{}, {}", session.origin, session.program)), columns);
        let line = Line::from(Span::styled(format!(" {since}  {from} {own}"), state.theme.normal));
        if index == selected { line.style(state.theme.selected) } else { line }
    };
    frame.render_widget(Paragraph::new(sessions.iter().enumerate().skip(first).take(rows).map(line).collect::<Vec<_>>()), inner);
}

/// Why one may or may not reveal a field.
pub fn access(frame: &mut Frame<'_>, area: Rect, state: &State, field: &str, found: &[Access]) {
    let Some(access) = found.first() else { return };
    let session = state.session.as_ref();
    let label = session.and_then(|session| session.catalogue.field(field)).map_or(field, |field| field.label.in_language(state.language));
    let class = session
        .and_then(|session| session.catalogue.class(&access.class))
        .map_or(access.class.as_str(), |class| class.label.in_language(state.language));
    let roles = session.map(|session| session.catalogue.role_names(&access.roles, state.language)).unwrap_or_default();
    let rights = in_words(state, access.rights);
    let none = state.say("none", "无");
    let (verdict, style) = if access.outcome == "ok" {
        (state.say("You may reveal it (r).", "您可以查看，按 r。").to_owned(), state.theme.good)
    } else {
        (outcome_in_words(&access.outcome, state.language), state.theme.bad)
    };
    let rows = [
        (state.say("class", "类别"), class.to_owned()),
        (state.say("your rights", "您的权限"), if rights.is_empty() { none.to_owned() } else { rights }),
        (state.say("from", "来自角色"), if roles.is_empty() { none.to_owned() } else { roles }),
        (state.say("account", "账号"), access.state.in_words(state.language).to_owned()),
        (state.say("this hour", "本小时"), format!("{} / {}", access.quota_used, access.quota_limit)),
        (
            state.say("reason", "理由"),
            if access.reason_required { state.say("needed", "需要") } else { state.say("not needed", "不需要") }.to_owned(),
        ),
    ];
    // What may be done about it, where that is known.
    let here = state.detail.as_ref().and_then(|detail| detail.view.fields.get(detail.selected)).is_some_and(|under| under.field == field);
    let way_out = if access.outcome == "ok" || !here { None } else { refusal(state, Command::Reveal) };
    let way_out = way_out.map(|text| wrapped(&for_terminal(&text), 52)).unwrap_or_default();
    let place = near_and_whole(area, state, 56, u16::try_from(rows.len() + 3 + way_out.len()).unwrap_or(9));
    let inner = placed(frame, place, state, format!(" {} - {} ", state.say("Why, or why not", "权限说明"), for_terminal(label)));
    let mut lines = vec![Line::from(safe(&format!(" {verdict}"), style))];
    lines.extend(rows.into_iter().map(|(label, value)| {
        Line::from(vec![Span::styled(format!(" {} ", width::fit(label, LABEL)), state.theme.dim), safe(&value, state.theme.normal)])
    }));
    lines.extend(way_out.into_iter().map(|text| Line::from(Span::styled(format!(" {text}"), state.theme.accent))));
    frame.render_widget(Paragraph::new(lines), inner);
}
