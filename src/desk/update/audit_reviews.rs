//! The screen of the audit's reviews: going through a sample, saying what was found, signing off.

use jiff::{SignedDuration, Timestamp};

use super::{
    super::{
        audit_reviews::{Act, Purpose, Read, Shown},
        event::{Answer, Effect},
        people::{Act as Doing, Dialog, Purpose as Asking},
        state::{Pane, Popup, Screen, State},
    },
    answers::accept,
    audit,
    motion::{Motion, reach},
};
use crate::model::{
    action,
    audit::Filter,
    audit_review::{Mark, NewPlan, Period},
    catalogue::Language,
    review::days,
};

/// How much of the audit before and after an event is its context.
const AROUND: SignedDuration = SignedDuration::from_mins(10);

const TITLE: (&str, &str) = ("title", "标题");
const REVIEWERS: (&str, &str) = ("reviewers", "复核人");
const PEOPLE: (&str, &str) = ("people", "人员");
const CLASSES: (&str, &str) = ("classes", "类别");
const ACTIONS: (&str, &str) = ("actions", "操作");
const SIZE: (&str, &str) = ("sample", "样本数");
const DUE: (&str, &str) = ("due after", "期限");
const NOTE: (&str, &str) = ("what", "问题");
const FILE: (&str, &str) = ("file", "文件");

pub fn enter(state: &mut State) -> Vec<Effect> {
    state.screen = Screen::AuditReviews;
    state.pane = Pane::List;
    state.first_row = 0;
    state.audit_reviews.shown = Shown::Reviews;
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    let reviews = &mut state.audit_reviews;
    reviews.generation += 1;
    reviews.loading = true;
    vec![Effect::AuditReviews { generation: reviews.generation, shown: reviews.shown }]
}

/// Whoever has just signed in is told what waits for them.
pub fn ask_what_waits(state: &State) -> Vec<Effect> {
    let reads = state.session.as_ref().is_some_and(|session| session.audit_all);
    if reads { vec![Effect::AuditReviews { generation: state.audit_reviews.generation, shown: Shown::Reviews }] } else { Vec::new() }
}

/// A review has begun, or somebody has signed one.
pub fn noticed(state: &mut State) -> Vec<Effect> {
    if state.screen == Screen::AuditReviews { read(state) } else { Vec::new() }
}

fn tell_what_waits(state: &mut State) {
    let waiting: i64 = state.audit_reviews.rows.iter().map(|review| review.waiting).sum();
    let more = waiting > std::mem::replace(&mut state.audit_reviews.told, waiting);
    if more && state.screen != Screen::AuditReviews && state.message.is_none() {
        state.message = Some(match state.language {
            Language::English => format!("A review of the audit waits for you: {waiting} events. It is under :audit reviews"),
            Language::Chinese => format!("审计复核中有 {waiting} 条事件待您处理，请输入“:审计复核”打开"),
        });
    }
}

pub fn take(state: &mut State, answer: Answer<Box<Read>>) {
    state.audit_reviews.loading = false;
    let Some(read) = accept(state, answer) else { return };
    match *read {
        Read::Reviews(rows) => {
            state.audit_reviews.rows = rows;
            tell_what_waits(state);
        }
        Read::Sample(number, rows, items) => {
            state.audit_reviews.rows = rows;
            if state.audit_reviews.shown == Shown::Sample(number) {
                state.audit_reviews.items = items;
            }
        }
    }
    let row = state.audit_reviews.row();
    state.audit_reviews.select(row);
}

pub fn go(state: &mut State, motion: Motion) {
    let (row, _) = reach(motion, state.audit_reviews.row(), state.audit_reviews.count());
    state.audit_reviews.select(row);
}

/// One step in: the sample of a review, or an event of it in full.
pub fn open(state: &mut State) -> Vec<Effect> {
    if state.audit_reviews.shown != Shown::Reviews {
        state.popup = Some(Popup::Event { scroll: 0 });
        return look(state);
    }
    let Some(number) = state.audit_reviews.current().map(|review| review.number) else { return Vec::new() };
    state.audit_reviews.review = Some(number);
    state.audit_reviews.items.clear();
    state.audit_reviews.item = None;
    state.audit_reviews.shown = Shown::Sample(number);
    state.first_row = 0;
    read(state)
}

/// That the event under the cursor is shown in full: recorded once.
pub fn look(state: &State) -> Vec<Effect> {
    match (state.audit_reviews.shown, state.audit_reviews.current_item()) {
        (Shown::Sample(number), Some(item)) if !item.looked => vec![Effect::LookAt { number, item: item.item }],
        _ => Vec::new(),
    }
}

pub fn looked(state: &mut State, number: i64, item: i32, answer: Answer<()>) {
    if accept(state, answer).is_some()
        && state.audit_reviews.shown == Shown::Sample(number)
        && let Some(found) = state.audit_reviews.items.iter_mut().find(|found| found.item == item)
    {
        found.looked = true;
    }
}

/// One step back: the reviews, then the audit.
pub fn back(state: &mut State) -> Vec<Effect> {
    if state.audit_reviews.shown == Shown::Reviews { audit::enter(state) } else { enter(state) }
}

/// What its actor did around an event, in the audit.
pub fn context(state: &mut State) -> Vec<Effect> {
    let Some(event) = state.audit_reviews.current_item().and_then(|item| item.event.as_ref()) else { return Vec::new() };
    let (actor, at) = (event.actor.clone(), event.at);
    audit::open(
        state,
        Filter {
            actor: Some(actor),
            from: Some(at.checked_sub(AROUND).unwrap_or(at)),
            until: Some(at.checked_add(AROUND).unwrap_or(at)),
            ..Filter::default()
        },
    )
}

pub fn in_order(state: &mut State) -> Vec<Effect> {
    let (Shown::Sample(number), Some(item)) = (state.audit_reviews.shown, state.audit_reviews.current_item()) else { return Vec::new() };
    let act = Act::Mark { number, item: item.item, mark: Mark::InOrder, note: String::new() };
    vec![Effect::Act(Doing::AuditReviews(act))]
}

fn dialog(state: &mut State, dialog: Dialog) -> Vec<Effect> {
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

pub fn finding(state: &mut State) -> Vec<Effect> {
    let (Shown::Sample(number), Some(item)) = (state.audit_reviews.shown, state.audit_reviews.current_item()) else { return Vec::new() };
    let note = item.found.as_ref().map(|found| found.note.clone()).unwrap_or_default();
    let asking = Asking::AuditReviews(Purpose::Finding { number, item: item.item });
    dialog(state, Dialog::new(asking, "").with_box(NOTE, &note, 1_000, false))
}

pub fn sign(state: &mut State) -> Vec<Effect> {
    let Some(number) = state.audit_reviews.current().map(|review| review.number) else { return Vec::new() };
    dialog(state, Dialog::new(Asking::AuditReviews(Purpose::Sign(number)), ""))
}

pub fn export(state: &mut State) -> Vec<Effect> {
    let Some(number) = state.audit_reviews.current().map(|review| review.number) else { return Vec::new() };
    let asking = Asking::AuditReviews(Purpose::Export(number));
    dialog(state, Dialog::new(asking, "").with_box(FILE, &format!("audit-review-{number}.json"), 200, false))
}

pub fn plan(state: &mut State) -> Vec<Effect> {
    let mut asking = Dialog::new(Asking::AuditReviews(Purpose::Plan), "");
    let boxes = [
        (TITLE, "", 120),
        (REVIEWERS, "", 400),
        (PEOPLE, "", 400),
        (CLASSES, "", 400),
        (ACTIONS, "", 400),
        (SIZE, "25", 3),
        (DUE, "7d", 6),
    ];
    for (label, text, limit) in boxes {
        asking = asking.with_box(label, text, limit, false);
    }
    asking.checks = Period::ALL.iter().map(|period| (period.code().to_owned(), false, *period == Period::Weekly)).collect();
    asking.levels = asking.checks.len();
    dialog(state, asking)
}

/// What is handed over, or what is missing.
pub fn act(state: &State, dialog: &Dialog, purpose: &Purpose) -> Result<Act, &'static str> {
    let typed = |index| dialog.typed(index).expose().trim().to_owned();
    Ok(match purpose {
        Purpose::Finding { number, item } => {
            if typed(0).is_empty() {
                return Err(state.say("Say what is the matter.", "请写明问题。"));
            }
            Act::Mark { number: *number, item: *item, mark: Mark::Finding, note: typed(0) }
        }
        Purpose::Sign(number) => Act::Sign(*number),
        Purpose::Export(number) => {
            if typed(0).is_empty() {
                return Err(state.say("Name the file to write.", "请填写要写入的文件名。"));
            }
            Act::Export { number: *number, file: typed(0) }
        }
        Purpose::Plan => {
            if typed(0).is_empty() {
                return Err(state.say("A title is needed, such as: Weekly look.", "请填写标题，例如：每周审计复核。"));
            }
            let logins = |index: usize| -> Vec<String> {
                typed(index).split([',', '，', '、', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
            };
            // Labels and the words for actions have spaces, so these are parted by commas only; either may be named as it is shown.
            let named = |index: usize| -> Vec<String> {
                typed(index).split([',', '，', '、']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
            };
            let known = |word: &String| {
                let session = state.session.as_ref()?;
                let found =
                    session.catalogue.classes.iter().find(|class| [&class.code, &class.label.en, &class.label.zh].contains(&word))?;
                Some(found.code.clone())
            };
            let classes: Option<Vec<String>> = named(3).iter().map(known).collect();
            let classes = classes
                .ok_or_else(|| state.say("There is no such class; the settings, key 6, list them.", "没有该类别；按 6 可在设置中查看。"))?;
            let actions: Vec<String> = named(4).iter().map(|word| action::code_of(word).to_owned()).collect();
            if actions.iter().any(|code| !action::codes().any(|known| known == code.as_str())) {
                return Err(state.say(
                    "There is no such action; name one as the audit does, such as reveal.",
                    "没有该操作；请按审计中的名称填写，例如 查看。",
                ));
            }
            let reviewers = logins(1);
            if reviewers.is_empty() {
                return Err(state.say(
                    "Name at least one who reads the whole audit, such as he.qing.",
                    "请至少填写一位可查看全部审计的人员，例如 he.qing。",
                ));
            }
            let size = typed(5).parse().ok().filter(|size| (8..=200).contains(size));
            let size = size.ok_or_else(|| state.say("A sample has 8 to 200 events.", "样本为 8 至 200 条事件。"))?;
            let due = days(&typed(6)).filter(|days| *days <= 60);
            let due = due.ok_or_else(|| state.say("Due after 1 to 60 days, such as 7d.", "期限为 1 至 60 天，例如 7d。"))?;
            let chosen = dialog.checks.iter().find(|check| check.2).and_then(|check| Period::from_code(&check.0));
            let now = Timestamp::now().to_zoned(state.zone.clone());
            let plan = NewPlan::usual(&typed(0), chosen.unwrap_or(Period::Weekly), &reviewers, &now);
            let mut plan = plan.ok_or_else(|| state.say("The calendar ends here.", "日期超出范围。"))?;
            plan.due_days = due;
            plan.scope.size = size;
            (plan.scope.people, plan.scope.classes, plan.scope.actions) = (logins(2), classes, actions);
            Act::Plan(Box::new(plan))
        }
    })
}

/// It has been done.
pub fn done(state: &mut State, purpose: Option<&Purpose>) -> Vec<Effect> {
    let said = match purpose {
        None | Some(Purpose::Finding { .. }) => {
            next_to_mark(state);
            None
        }
        Some(Purpose::Plan) => Some(("Planned. The first review is due when its period has ended.", "已安排。首次复核在时段结束后到期。")),
        Some(Purpose::Sign(_)) => Some(("Signed. Nothing of it changes any more.", "已签署，不再更改。")),
        Some(Purpose::Export(_)) => Some((
            "Written and signed. `sealdesk audit review verify FILE` checks it, without a server.",
            "已导出并签名。可用 sealdesk audit review verify 文件 离线校验。",
        )),
    };
    if let Some((en, zh)) = said {
        state.message = Some(state.say(en, zh).to_owned());
    }
    read(state)
}

/// Goes on to the next event that the person is to mark.
fn next_to_mark(state: &mut State) {
    let reviews = &mut state.audit_reviews;
    let row = reviews.row();
    let marked = reviews.items.get(row).map(|item| item.item);
    let waits = |item: &&crate::model::audit_review::Item| item.may_mark && item.found.is_none() && Some(item.item) != marked;
    let next = reviews.items.iter().skip(row).find(waits).or_else(|| reviews.items.iter().find(waits)).map(|item| item.item);
    reviews.item = next.or(marked);
}

/// Why nothing can be said of the event under the cursor.
pub fn unmarkable(state: &State) -> Option<String> {
    let no = |en: &str, zh: &str| Some(state.say(en, zh).to_owned());
    let Some(item) = state.audit_reviews.current_item().filter(|_| state.screen == Screen::AuditReviews) else {
        return no("Open a review first: 2, v, then Enter.", "请先依次按 2、v、Enter 打开一项审计复核。");
    };
    let user = state.session.as_ref().map(|session| session.user.as_str()).unwrap_or_default();
    let signed = state.audit_reviews.current().is_some_and(|review| review.signed.iter().any(|by| by == user));
    match () {
        () if item.own => no("Nobody reviews what they did themselves: another reviewer does.", "不能复核自己的操作，须由其他复核人处理。"),
        () if signed => no("You have signed this review; nothing of it changes.", "您已签署此复核，不能更改。"),
        () if item.found.as_ref().is_some_and(|found| found.by != user) => {
            no("Another reviewer has said what they found.", "已由其他复核人标记。")
        }
        () if !item.may_mark => no("You are not a reviewer of this.", "您不是此次复核的复核人。"),
        () if !item.looked => no("Look at it first: Enter.", "请先按 Enter 查看该事件。"),
        () => None,
    }
}

/// Why the review cannot be signed.
pub fn unsignable(state: &State) -> Option<String> {
    let no = |en: &str, zh: &str| Some(state.say(en, zh).to_owned());
    let Some(review) = state.audit_reviews.current().filter(|_| state.screen == Screen::AuditReviews) else {
        return no("Choose a review first: 2, then v.", "请先依次按 2、v 选择审计复核。");
    };
    let user = state.session.as_ref().map(|session| session.user.as_str()).unwrap_or_default();
    match () {
        () if review.drawn.is_none() => no("Its sample waits for the next checkpoint.", "样本须等待下一个检查点。"),
        () if review.signed.iter().any(|by| by == user) => no("You have signed it already.", "您已签署。"),
        () if review.waiting > 0 => no("Some of its events were not looked at yet.", "仍有事件未查看。"),
        () => None,
    }
}
