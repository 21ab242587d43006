//! Why a command cannot do anything here and now. Its key, its place in the bar and in the palette all ask here, so that they tell the same. For
//! showing only: the database decides.

use super::{
    keymap::Command,
    state::{Screen, State},
    update::{
        alerts::refusal as refused_alert,
        audit::selected_record,
        audit_reviews::{unmarkable, unsignable},
        freeze,
        incidents::open_tasks,
        reference, replay,
        requests::dialog::{Wants, refusal as refused_request},
        reviews::dialog::refusal as unanswerable,
        settings::dialog::refusal as refused_setting,
    },
};
use crate::{
    model::{
        alert::AlertState,
        catalogue::{FieldKind, Language},
        person::PersonState,
        record::{Denied, FieldView},
    },
    service::{note, owner},
};

/// In the person's words, with the way out; `None` where the command works.
#[must_use]
pub fn refusal(state: &State, command: Command) -> Option<String> {
    let session = state.session.as_ref()?;
    let rights = |class: &str| session.rights.get(class).copied().unwrap_or_default();
    let no = |refused: bool, en: &str, zh: &str| refused.then(|| state.say(en, zh).to_owned());
    let unopened = || no(state.detail.is_none(), "Open a record first (Enter).", "请先按 Enter 打开记录。");
    let deleted = state.detail.as_ref().is_some_and(|detail| detail.view.deleted);
    match command {
        Command::Search | Command::Open | Command::Sort | Command::SavedView | Command::RecordKind | Command::Star | Command::Columns => {
            no(!rights("basic").reveal, "Your role may not read records; the audit is under 2.", "您的角色不能查看记录；审计请按 2。")
        }
        Command::Reveal | Command::History => unopened().or_else(|| why_not(state, selected(state)?)),
        Command::RevealSection => unopened().or_else(|| section_is_closed(state)),
        Command::Copy => unopened().or_else(|| {
            let allowed = session.catalogue.class(&selected(state)?.class).is_some_and(|class| class.copy_allowed);
            no(!allowed, "Policy forbids copying this class.", "按策略，此类信息不可复制。")
        }),
        Command::Share => unopened()
            .or_else(|| {
                let field = selected(state)?;
                no(field.class == "basic", "Everybody may see this, so there is nothing to share.", "此信息人人可见，无需共享。")
                    .or_else(|| why_not(state, field))
            })
            .or_else(|| {
                let shared = session.catalogue.class(&selected(state)?.class).is_some_and(|class| class.share_allowed);
                no(!shared, "Policy forbids sharing values of this class.", "按策略，此类信息不可共享。")
                    .or_else(|| of_somebody_else(state))
            })
            .or_else(|| {
                let detail = state.detail.as_ref()?;
                no(!detail.revealed.contains_key(&selected(state)?.field), "Reveal it first (r).", "请先按 r 查看。")
            }),
        Command::Follow => unopened().or_else(|| {
            let field = selected(state)?;
            let refers = session.catalogue.field(&field.field).is_some_and(|field| field.kind == FieldKind::Record);
            no(!refers, "This field refers to no record.", "此字段不引用其他记录。")
                .or_else(|| no(!field.present, "It is empty.", "此字段为空。"))
                .or_else(|| {
                    let shown = reference::shown(state).is_some();
                    if shown { None } else { why_not(state, field).or_else(|| no(true, "Reveal it first (r).", "请先按 r 查看。")) }
                })
        }),
        Command::Referring => unopened().or_else(|| {
            let kind = state.detail.as_ref().map(|detail| detail.view.number.prefix)?;
            let can = session.catalogue.active_fields().any(|field| field.refers_to(kind) && !field.index.is_empty());
            no(!can, "No field that can be searched refers to such records.", "没有可搜索的字段引用此类记录。")
        }),
        Command::Edit => unopened()
            .or_else(|| {
                no(
                    deleted,
                    "This record is deleted; U takes a deletion back before it can be edited.",
                    "此记录已删除；按 U 撤销删除后才能编辑。",
                )
            })
            .or_else(|| {
                let editable = state.detail.as_ref().is_some_and(|detail| detail.view.fields.iter().any(|field| field.edit.is_ok()));
                no(!editable, "Your role may not edit records; ask a supervisor.", "您的角色不能编辑记录，请联系主管。")
            }),
        Command::New => no(!rights("basic").edit, "Your role may not add records; ask a supervisor.", "您的角色不能添加记录，请联系主管。"),
        Command::Note => {
            no(!rights(note::CLASS).edit, "Your role may not add notes; ask a supervisor.", "您的角色不能添加备注，请联系主管。")
                .or_else(unopened)
        }
        Command::Notes => {
            no(!rights(note::CLASS).reveal, "Your role may not read notes; ask a supervisor.", "您的角色不能查看备注，请联系主管。")
                .or_else(unopened)
        }
        Command::Delete => {
            unopened().or_else(|| no(deleted, "It is deleted already; U takes that back.", "此记录已删除；按 U 撤销。")).or_else(|| {
                no(!rights("basic").edit, "Your role may not delete records; ask a supervisor.", "您的角色不能删除记录，请联系主管。")
            })
        }
        Command::Label => unopened().or_else(|| {
            let may_lower = session.standing.capabilities.iter().any(|held| held == "declassify" || held == "manage_people");
            no(
                !rights("basic").edit && !may_lower,
                "Your role may not label records; ask a supervisor.",
                "您的角色不能设置标签，请联系主管。",
            )
        }),
        Command::Hold => unopened().or_else(|| {
            let may = session.standing.capabilities.iter().any(|held| held == "legal_hold");
            no(!may, "Your role may not place legal holds; ask a supervisor.", "您的角色不能设置法定保留，请联系主管。")
        }),
        Command::Owner => unopened().or_else(|| of_somebody_else(state)),
        Command::Undelete => no(state.undo.is_none() && !deleted, "There is no deletion to take back.", "没有可撤销的删除。"),
        Command::People | Command::Findings => no(
            !session.manage_people && !session.audit_all,
            "Only security officers manage people, and supervisors and auditors see them. Your own sessions: \":my sessions\".",
            "人员由安全管理员管理，主管和审计员可查看。如需查看自己的会话，请输入“:我的会话”。",
        ),
        Command::AddPerson
        | Command::ConfirmPerson
        | Command::RenamePerson
        | Command::ClearPerson
        | Command::PersonRoles
        | Command::NewCode
        | Command::DisablePerson
        | Command::EnablePerson
        | Command::ResetSecondFactor
        | Command::LeavePerson
        | Command::SignOut => {
            no(state.screen != Screen::People, "This works on the people screen: press 3 first.", "请先按 3 进入人员界面。")
                .or_else(|| {
                    no(
                        !session.manage_people,
                        "Only security officers change people; you may look.",
                        "只有安全管理员可以更改人员；您可以查看。",
                    )
                })
                .or_else(|| account(state, command))
        }
        Command::Allow if state.people.grid_open && state.screen == Screen::People => {
            let role = session.catalogue.roles.get(state.people.role).map(|role| &role.code);
            no(
                !session.manage_people,
                "Only security officers change what roles may do; you may look.",
                "只有安全管理员可以更改角色权限；您可以查看。",
            )
            .or_else(|| {
                let own = role.is_some_and(|role| session.roles.contains(role));
                no(own, "Not to a role of your own: ask another security officer.", "不能更改自己所属的角色，请联系其他安全管理员。")
            })
        }
        Command::FindPerson | Command::PeopleOrder | Command::Grid | Command::Allow => {
            no(state.screen != Screen::People, "This works on the people screen: press 3 first.", "请先按 3 进入人员界面。")
        }
        Command::Timeline if state.screen == Screen::People => {
            no(state.people.grid_open, "Back to the people first: p or Esc.", "请先按 p 或 Esc 返回人员列表。")
        }
        Command::KeepGrant => unanswerable(state, true),
        Command::RevokeGrant | Command::ChangeGrant => unanswerable(state, false),
        Command::OpenReview => {
            let reviews = &state.reviews;
            no(
                reviews.current_campaign().is_none() && reviews.current_finding().is_none() || reviews.current_item().is_some(),
                "This line has nothing behind it to open. Esc goes back.",
                "此行没有更多内容。按 Esc 返回。",
            )
        }
        Command::StartReview => no(
            !session.manage_people && !session.standing.capabilities.iter().any(|held| held == "review"),
            "Only security officers begin access reviews; ask one of them.",
            "只有安全管理员可以发起权限复核，请联系安全管理员。",
        ),
        Command::ExportReview => {
            no(state.reviews.current_campaign().is_none(), "Choose a review first: v shows them.", "请先选择一项复核：按 v 查看列表。")
        }
        Command::AuditReviews => no(
            !session.audit_all,
            "Reviews of the audit are for who reads the whole audit; access reviews are under 3, v.",
            "审计复核仅供可查看全部审计的人员；权限复核请依次按 3、v。",
        ),
        Command::OpenAuditReview | Command::ExportAuditReview => {
            no(state.audit_reviews.current().is_none(), "Choose a review first: 2, then v.", "请先依次按 2、v 选择审计复核。").or_else(
                || {
                    let undrawn = state.audit_reviews.current().is_some_and(|review| review.drawn.is_none());
                    no(undrawn, "Its sample waits for the next checkpoint.", "样本须等待下一个检查点。")
                },
            )
        }
        Command::InOrder | Command::AuditFinding => unmarkable(state),
        Command::Context => no(
            state.audit_reviews.current_item().is_none_or(|item| item.event.is_none()),
            "Choose an event of a sample first.",
            "请先选择样本中的事件。",
        ),
        Command::SignOff => unsignable(state),
        Command::PlanAuditReview => no(
            !session.manage_people && !session.standing.capabilities.iter().any(|held| held == "review"),
            "Only security officers have the audit reviewed; ask one of them.",
            "只有安全管理员可以安排审计复核，请联系安全管理员。",
        ),
        Command::Settings => no(!session.manage_policy, "Only security officers change settings.", "只有安全管理员可以更改设置。"),
        Command::AddSetting
        | Command::EditSetting
        | Command::RetireSetting
        | Command::MoveUp
        | Command::MoveDown
        | Command::Measure
        | Command::WriteAgain
        | Command::AskForChange
        | Command::Purge => refused_setting(state, command),
        Command::Alerts => {
            no(!session.audit_all, "Alerts are for supervisors, auditors and security officers.", "告警仅供主管、审计员和安全管理员查看。")
        }
        Command::Acknowledge => refused_alert(state, Some(AlertState::Acknowledged)),
        Command::Resolve => refused_alert(state, Some(AlertState::Resolved)),
        Command::FalsePositive => refused_alert(state, Some(AlertState::FalsePositive)),
        Command::AlertEvents => refused_alert(state, None),
        Command::AllAlerts => no(state.screen != Screen::Alerts, "This is among the alerts, key !.", "请先按 ! 进入告警界面。"),
        Command::Approve | Command::Refuse => requests(state, Wants::Vote),
        Command::EndRequest => requests(state, Wants::End),
        Command::ReviewGlass => requests(state, Wants::Review),
        Command::Perform => requests(state, Wants::Perform),
        Command::AllRequests | Command::DoneUnderIt => {
            no(state.screen != Screen::Requests, "This works among the requests: press i first.", "请先按 i 进入申请列表。")
        }
        Command::Freeze | Command::FreezeAll => no(
            !session.respond,
            "Only supervisors and security officers freeze; tell one of them.",
            "只有主管和安全管理员可以冻结，请立即告知他们。",
        )
        .or_else(|| {
            no(
                command == Command::Freeze && freeze::under_cursor(state).is_none(),
                "Choose somebody on the people screen, or an event of theirs: 3 or 2.",
                "请先选择人员（按 3），或选择其事件（按 2）。",
            )
        }),
        Command::Incidents => no(
            !session.respond && !session.audit_all,
            "Incidents are for supervisors, security officers and auditors; tell one of them.",
            "安全事件仅供主管、安全管理员和审计员使用，请告知他们。",
        ),
        Command::Incident => no(
            !session.respond,
            "Only supervisors and security officers open incidents; tell one of them.",
            "只有主管和安全管理员可以新建安全事件，请告知他们。",
        )
        .or_else(|| no(state.screen == Screen::Alerts && state.alerts.current().is_none(), "There is no alert here.", "此处没有告警。")),
        Command::Saw => {
            no(!session.audit_all, "What people saw is told to who reads the whole audit.", "仅可查看全部审计者可查询人员查看内容。")
                .or_else(|| {
                    let about = state
                        .incidents
                        .current()
                        .filter(|_| state.screen == Screen::Incidents)
                        .and_then(|incident| incident.scope.people.first());
                    no(about.is_none(), "Choose an incident about somebody first: 7.", "请先选择涉及人员的安全事件：按 7。")
                })
        }
        Command::IncidentNote
        | Command::IncidentTask
        | Command::IncidentDone
        | Command::IncidentCorrect
        | Command::IncidentHandOver
        | Command::IncidentKnown
        | Command::IncidentNotified
        | Command::IncidentClose
        | Command::IncidentReopen
        | Command::IncidentNewKeys => {
            let current = state.incidents.current().filter(|_| state.screen == Screen::Incidents);
            no(
                !session.respond,
                "You may read incidents; supervisors and security officers write them.",
                "您可查看；由主管和安全管理员填写。",
            )
            .or_else(|| no(current.is_none(), "Choose an incident first: 7.", "请先选择安全事件：按 7。"))
            .or_else(|| {
                let closed = current.is_some_and(|incident| incident.closed);
                let reopening = command == Command::IncidentReopen;
                no(closed && !reopening, "It is closed; o reopens it.", "该事件已关闭；按 o 重新打开。")
                    .or_else(|| no(!closed && reopening, "It is open.", "该事件未关闭。"))
            })
            .or_else(|| {
                let none = command == Command::IncidentDone && open_tasks(state).is_empty();
                no(none, "No task of it is open; t adds one.", "没有待办任务；按 t 添加。")
            })
            .or_else(|| {
                no(
                    command == Command::IncidentNewKeys && !session.manage_people,
                    "Only security officers give a class new keys; hand over with h, or tell one of them.",
                    "只有安全管理员可以更换类别密钥：请按 h 移交，或告知他们。",
                )
            })
        }
        Command::SignOutEverybody => no(
            !session.respond && !session.manage_people,
            "Only supervisors and security officers sign everybody out.",
            "只有主管和安全管理员可以结束全部会话。",
        ),
        Command::Explain => unopened(),
        Command::Seers => no(
            !session.manage_people && !session.audit_all,
            "Who may see a record is shown to supervisors, auditors and security officers.",
            "只有主管、审计员和安全管理员可以查询可见人员。",
        )
        .or_else(unopened),
        Command::Replay => {
            let nothing = state.replays.open.is_none() && replay::meant(state).is_none();
            no(
                nothing && state.screen == Screen::Incidents,
                "Pin an event of the session first; or press u, and r on an event.",
                "请先固定该会话的审计事件；或按 u，在事件上按 r。",
            )
            .or_else(|| {
                no(
                    nothing,
                    "Choose an event of the session in the audit first: 2, then r.",
                    "请先在审计（按 2）中选择该会话的事件，再按 r。",
                )
            })
        }
        Command::Jump(..) | Command::FindEvent | Command::NextFound | Command::PreviousFound => no(
            state.screen != Screen::Replay,
            "This works in a replay: press 2, then r on an event.",
            "请先按 2，再在事件上按 r 重放会话。",
        ),
        Command::GoToRecord if state.screen == Screen::Replay => {
            let record = selected_record(state);
            no(record.is_none(), "This event is about no record.", "该事件不涉及记录。")
                .or_else(|| no(!rights("basic").reveal, "Your role may not read records.", "您的角色不能查看记录。"))
        }
        Command::GoToRecord | Command::WhoSaw => {
            let record = state.audit.window.selected_event().and_then(|event| event.record);
            no(record.is_none(), "This event is about no record.", "该事件不涉及记录。")
        }
        Command::WhoSearched => no(
            !session.audit_all || !rights("basic").search,
            "Who searched is told to who reads the whole audit and may search for customers: their client makes the search keys.",
            "须能查看全部审计且可搜索客户：搜索密钥由您的程序生成。",
        )
        .or_else(|| {
            let record = match state.screen {
                Screen::Audit => state.audit.window.selected_event().and_then(|event| event.record),
                _ => state.detail.as_ref().map(|detail| detail.view.id),
            };
            no(record.is_none(), "Choose a record, or an event about one.", "请先选择记录或涉及记录的事件。")
        }),
        Command::Witness => {
            no(!session.audit_all, "Only who reads the whole audit witnesses checkpoints.", "只有可查看全部审计的人才能见证检查点。")
        }
        Command::ExportAudit => {
            let may = session.standing.capabilities.iter().any(|held| held == "export_audit");
            no(!may, "Your role may not take copies of the audit out.", "您的角色不能导出审计记录。")
        }
        Command::Absence => {
            no(!session.audit_all, "Only supervisors and auditors prove what was not revealed.", "只有主管和审计员可以证明未被查看。")
        }
        Command::Evidence => {
            no(!session.audit_all, "Only supervisors and auditors take evidence from the audit.", "只有主管和审计员可以导出审计证据。")
        }
        Command::Verify => {
            no(!session.audit_all, "Only supervisors and auditors may verify every chain.", "只有主管和审计员可以校验全部审计链。")
        }
        _ => None,
    }
}

fn requests(state: &State, wants: Wants) -> Option<String> {
    if state.screen != Screen::Requests {
        return Some(state.say("This works among the requests: press i first.", "请先按 i 进入申请列表。").to_owned());
    }
    refused_request(state, wants)
}

/// Why something cannot be done to the person under the cursor.
fn account(state: &State, command: Command) -> Option<String> {
    let no = |refused: bool, en: &str, zh: &str| refused.then(|| state.say(en, zh).to_owned());
    if state.people.grid_open {
        return no(true, "Back to the people first: p or Esc.", "请先按 p 或 Esc 返回人员列表。");
    }
    if command == Command::AddPerson {
        return None;
    }
    let Some(entry) = state.people.current() else {
        return no(true, "Choose a person first (j, k).", "请先用 j、k 选择人员。");
    };
    let person = &entry.person;
    let own = state.session.as_ref().is_some_and(|session| session.user == person.user);
    let gone = || {
        no(
            person.state == PersonState::Left,
            "They have left for good. Should they come back, E invites them anew, without any role.",
            "此人已离职。如再次入职，按 E 重新邀请，届时不带任何角色。",
        )
    };
    let ask_another = || no(own, "Not to your own account: ask another security officer.", "不能对自己的账号执行，请联系其他安全管理员。");
    match command {
        Command::ConfirmPerson | Command::SignOut if person.state == PersonState::Left => gone(),
        Command::ConfirmPerson => {
            no(person.state == PersonState::Active, "They are confirmed already: they can sign in.", "此人已确认，可以登录。")
                .or_else(|| {
                    no(
                        person.state != PersonState::Enrolled,
                        "They have not enrolled: `sealdesk enrol` on their terminal comes first.",
                        "对方尚未注册：请先在其终端运行 sealdesk enrol。",
                    )
                })
                .or_else(|| {
                    no(
                        state.people.current_dossier().is_none_or(|dossier| dossier.fingerprint.is_none()),
                        "Their keys are being read; try again.",
                        "正在读取其密钥，请稍后再试。",
                    )
                })
        }
        Command::ClearPerson | Command::ResetSecondFactor | Command::LeavePerson => ask_another().or_else(gone),
        Command::NewCode | Command::PersonRoles => ask_another().or_else(gone).or_else(|| {
            no(person.state == PersonState::Disabled, "They are disabled; E lets them in again.", "此人已停用；按 E 重新启用。")
        }),
        Command::DisablePerson => ask_another().or_else(gone).or_else(|| {
            no(
                person.state == PersonState::Disabled,
                "They are disabled already; E lets them in again, X closes the account for good.",
                "此人已停用；按 E 重新启用，或按 X 办理离职。",
            )
        }),
        Command::EnablePerson => {
            no(!person.state.is_closed(), "They are neither disabled nor gone: there is nothing to enable.", "此人未停用，无需重新启用。")
        }
        Command::SignOut => no(
            person.open_sessions <= i64::from(own),
            if own { "You have no other session." } else { "They have no open session." },
            if own { "您没有其他会话。" } else { "此人没有打开的会话。" },
        ),
        _ => None,
    }
}

fn selected(state: &State) -> Option<&FieldView> {
    let detail = state.detail.as_ref()?;
    detail.view.fields.get(detail.selected)
}

fn is_shared_with_me(state: &State, field: &FieldView) -> bool {
    let (Some(detail), Some(session)) = (&state.detail, &state.session) else { return false };
    state.shares.open_on(detail.view.id, &field.field).any(|share| share.to == session.user)
}

/// Why a field cannot be revealed.
fn why_not(state: &State, field: &FieldView) -> Option<String> {
    if let Some(freeze) = state.session.as_ref().and_then(|session| session.standing.freeze_of(&field.class)) {
        let (by, why) = (&freeze.by, &freeze.why);
        return Some(match state.language {
            Language::English => format!("Frozen by {by}: {why}"),
            Language::Chinese => format!("已被 {by} 冻结：{why}"),
        });
    }
    match field.reveal {
        Err(Denied::NotPermitted) if is_shared_with_me(state, field) => {
            Some(state.say("It is shared with you: v, then 6 opens it.", "已与您共享：按 v 再按 6 打开。").to_owned())
        }
        Err(Denied::NotPermitted) if state.requests.eligible.iter().any(|eligible| eligible.classes.contains(&field.class)) => {
            Some(match state.language {
                Language::English => format!("You may ask for it: \":request {} 30m why\", or i, then n.", field.class),
                Language::Chinese => format!("您可以申请：“:申请 {} 30m 理由”，或按 i 再按 n。", field.class),
            })
        }
        Err(Denied::NotPermitted) => {
            let class = state.session.as_ref().and_then(|session| session.catalogue.class(&field.class));
            let class = class.map_or(field.class.as_str(), |class| class.label.in_language(state.language));
            Some(match state.language {
                Language::English => format!("Your role may not reveal {class}; ask a supervisor."),
                Language::Chinese => format!("您的角色不能查看{class}类字段，请联系主管。"),
            })
        }
        _ if !field.present => Some(state.say("This field is empty.", "该字段为空。").to_owned()),
        Err(Denied::NoKey) => Some(
            state
                .say(
                    "Your role may, but its key has not reached you; ask a security officer.",
                    "权限已有，但密钥尚未送达，请联系安全管理员。",
                )
                .to_owned(),
        ),
        Ok(()) if field.open => Some(state.say("It is shown already: this field is not masked.", "此字段不加掩码，已经显示。").to_owned()),
        Ok(()) => None,
    }
}

/// Why no field of the section under the cursor can be revealed.
/// Sharing and handing on are for a record's owner, and for who may do so with any.
fn of_somebody_else(state: &State) -> Option<String> {
    let (session, detail) = (state.session.as_ref()?, state.detail.as_ref()?);
    let owner = &detail.view.owner;
    let may = *owner == session.user || session.standing.capabilities.iter().any(|held| held == owner::CAPABILITY);
    (!may).then(|| match state.language {
        Language::English => format!("{owner} answers for this record: ask them to share or hand it on."),
        Language::Chinese => format!("此记录由 {owner} 负责：请由其共享或移交。"),
    })
}

fn section_is_closed(state: &State) -> Option<String> {
    let (detail, session, current) = (state.detail.as_ref()?, state.session.as_ref()?, selected(state)?);
    let section = |code: &str| session.catalogue.field(code).map(|field| field.section.as_str());
    let mut fields = detail.view.fields.iter().filter(|field| section(&field.field) == section(&current.field));
    let open = fields.any(|field| why_not(state, field).is_none());
    if open { None } else { why_not(state, current) }
}
