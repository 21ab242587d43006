//! `sealdesk staff leave`: what was done, line by line.

use super::{Outcome, class, output};
use crate::{
    model::catalogue::Language,
    service::{
        SignedIn,
        rotation::{self, Step},
    },
};

pub async fn run(officer: &SignedIn, language: Language, login: &str, later: bool) -> Outcome {
    let english = language == Language::English;
    let mut lines = Vec::new();
    let classes = rotation::leave(officer, login, |step| {
        lines.push(match step {
            Step::Closed if english => format!("{login}: sessions ended, login closed, wrapped keys withdrawn"),
            Step::Closed => format!("{login}：会话已结束，登录已关闭，封装的密钥已撤销"),
            Step::Role(role, generation) if english => format!("role {role}: new key pair, generation {generation}"),
            Step::Role(role, generation) => format!("角色 {role}：新密钥对，第 {generation} 代"),
            Step::Class(class, epoch) if english => format!("class {class}: new keys, epoch {epoch}"),
            Step::Class(class, epoch) => format!("类别 {class}：新密钥，第 {epoch} 代"),
            Step::Revoked(roles) if english => format!("{login}: no longer {}", roles.join(", ")),
            Step::Revoked(roles) => format!("{login}：不再担任 {}", roles.join(", ")),
        });
    })
    .await;
    // What was done is said even where the next step failed.
    for line in lines {
        output::line(line)?;
    }
    let classes = classes?;
    if classes.is_empty() {
        Ok(())
    } else if later {
        output::line("sealdesk class reencrypt")
    } else {
        class::reencrypt(officer, language, None).await
    }
}
