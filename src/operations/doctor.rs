//! What can be wrong with an installation, and how to mend it.

use jiff::Timestamp;
use tokio_postgres::Client;

use crate::{
    config::{Config, TlsMode},
    crypto::{fingerprint::fingerprint, secret::Secret},
    database::{
        api::{catalogue_statement, keys},
        connect::{self, Target},
        error::{DatabaseError, Result},
        migrate, recovery,
    },
    keyring::{self, catalogue::is_signed, material::DirectoryEntry},
    model::{catalogue::Language, id::InstallationId, signed_catalogue::SignedCatalogue},
};

/// One of two texts with what stands in braces put in.
macro_rules! say {
    ($language:expr, $en:literal, $zh:literal) => {
        match $language {
            Language::English => format!($en),
            Language::Chinese => format!($zh),
        }
    };
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Good,
    /// Works, and should be seen to.
    Warning,
    Bad,
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub what: &'static str,
    pub level: Level,
    pub found: String,
    pub mend: String,
}

impl Finding {
    #[must_use]
    pub fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, level: Level::Good, found: found.into(), mend: String::new() }
    }

    #[must_use]
    pub fn bad(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, level: Level::Bad, found: found.into(), mend: mend.into() }
    }

    fn warning(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, level: Level::Warning, found: found.into(), mend: mend.into() }
    }

    fn judged(what: &'static str, good: bool, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, level: if good { Level::Good } else { Level::Bad }, found: found.into(), mend: mend.into() }
    }
}

/// What was looked at, as people read it.
const NAMES: &[(&str, &str)] = &[
    ("terminal", "终端"),
    ("locale", "区域设置"),
    ("configuration", "配置"),
    ("root", "根指纹"),
    ("reach", "连接"),
    ("server", "服务器"),
    ("connections", "连接数"),
    ("clock", "时钟"),
    ("encryption", "加密"),
    ("passwords", "密码"),
    ("migrations", "数据库结构"),
    ("grants", "权限"),
    ("functions", "函数"),
    ("extension", "扩展"),
    ("languages", "语言"),
    ("built-ins", "内置函数"),
    ("leaving", "离职"),
    ("keys", "密钥"),
    ("catalogue", "目录签名"),
    ("rotation", "密钥轮换"),
    ("recovery", "恢复"),
    ("schedule", "轮换周期"),
    ("labels", "标签"),
    ("indexes", "索引"),
    ("watch", "监控"),
    ("checkpoint", "检查点"),
    ("anchors", "锚点"),
    ("failed logins", "登录失败"),
];

impl Finding {
    /// What was looked at, in a language; an abbreviation is the same in both.
    #[must_use]
    pub fn name(&self, language: Language) -> &'static str {
        let zh = NAMES.iter().find(|(known, _)| *known == self.what).filter(|_| language == Language::Chinese);
        zh.map_or(self.what, |(_, zh)| zh)
    }
}

/// The terminal and its locale.
#[must_use]
pub fn terminal(language: Language) -> Vec<Finding> {
    let term = std::env::var("TERM").unwrap_or_default();
    let locale = std::env::var("LC_ALL").ok().filter(|value| !value.is_empty()).or_else(|| std::env::var("LANG").ok()).unwrap_or_default();
    vec![
        Finding::judged(
            "terminal",
            !term.is_empty() && term != "dumb",
            format!("TERM={term}"),
            say!(language, "set TERM to your terminal's type, e.g. xterm-256color", "将 TERM 设为终端类型，如 xterm-256color"),
        ),
        Finding::judged(
            "locale",
            locale.to_lowercase().contains("utf"),
            format!("LANG={locale}"),
            say!(
                language,
                "set LANG to a UTF-8 locale, e.g. en_US.UTF-8 or zh_CN.UTF-8",
                "将 LANG 设为 UTF-8 区域，如 en_US.UTF-8 或 zh_CN.UTF-8"
            ),
        ),
    ]
}

/// The configuration's promises.
#[must_use]
pub fn configuration(config: &Config, language: Language) -> Vec<Finding> {
    let local = config.host.starts_with('/');
    vec![
        Finding::good("configuration", {
            let (id, host, port) = (config.installation, &config.host, config.port);
            say!(language, "installation {id} at {host}:{port}", "安装 {id}，位于 {host}:{port}")
        }),
        Finding::judged(
            "TLS",
            local || config.tls.mode == TlsMode::VerifyFull,
            if local {
                say!(language, "unix socket", "Unix 套接字")
            } else if config.tls.mode == TlsMode::VerifyFull {
                "verify_full".to_owned()
            } else {
                say!(language, "off", "关闭")
            },
            say!(language, "set tls = \"verify_full\" and tls_ca in the configuration", "在配置中设置 tls = \"verify_full\" 和 tls_ca"),
        ),
        Finding::judged(
            "root",
            config.root_fingerprint.is_some(),
            if config.root_fingerprint.is_some() {
                say!(language, "root fingerprint pinned", "已固定根指纹")
            } else {
                say!(language, "no root fingerprint pinned", "未固定根指纹")
            },
            say!(language, "set root_fingerprint, as `sealdesk init` printed it", "设置 root_fingerprint，即 sealdesk init 打印的值"),
        ),
    ]
}

/// Whether the server answers there, with a certificate that is accepted. Nobody signs in: a login that is refused has reached the server.
pub async fn reach(config: &Config, language: Language) -> Finding {
    let nobody = Target::for_person(config, "sealdesk-doctor", Secret::from("-"));
    match connect::client(&nobody).await {
        Ok(_) => Finding::bad(
            "reach",
            say!(language, "the server lets anybody in", "服务器允许任何人登录"),
            say!(language, "require scram-sha-256 on every line of pg_hba.conf", "pg_hba.conf 的每一行都应要求 scram-sha-256"),
        ),
        Err(DatabaseError::AuthenticationFailed) => Finding::good("reach", {
            let (host, port) = (&config.host, config.port);
            say!(language, "{host}:{port} answers", "{host}:{port} 有响应")
        }),
        Err(DatabaseError::Certificate { detail }) => Finding::bad(
            "reach",
            detail,
            say!(
                language,
                "set tls_ca to the authority that signed the server's certificate, and host to a name in it",
                "将 tls_ca 设为签发服务器证书的机构，host 设为证书中的名称"
            ),
        ),
        Err(error) => Finding::bad(
            "reach",
            crate::service::Error::from(error).message(language),
            say!(
                language,
                "start the server, or correct host and port; pg_hba.conf must have a line for this machine",
                "启动服务器，或更正 host 和 port；pg_hba.conf 须有本机对应的行"
            ),
        ),
    }
}

/// What only a superuser can look at.
///
/// # Errors
/// Whatever the server refuses.
pub async fn server(client: &Client, language: Language) -> Result<Vec<Finding>> {
    let row = client
        .query_one(
            "select current_setting('server_version_num')::int, current_setting('max_connections')::int, clock_timestamp(),
                    current_setting('password_encryption'), current_setting('ssl') = 'on' or current_setting('listen_addresses') = ''",
            &[],
        )
        .await?;
    let (version, connections): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
    let (clock, encryption, encrypted): (Timestamp, String, bool) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
    let apart = Timestamp::now().duration_since(clock).as_secs().abs();
    let mut findings = vec![
        Finding::judged(
            "server",
            version >= 150_000,
            format!("PostgreSQL {}", version / 10_000),
            say!(language, "upgrade to PostgreSQL 15 or newer", "升级到 PostgreSQL 15 或更高版本"),
        ),
        Finding::judged(
            "connections",
            connections >= 100,
            format!("max_connections = {connections}"),
            say!(language, "allow at least 100, and 300 for 200 desks", "至少设为 100；200 个工作台需要 300"),
        ),
        Finding::judged(
            "clock",
            apart <= 5,
            say!(language, "{apart} s apart", "相差 {apart} 秒"),
            say!(language, "run NTP on both machines", "在两台机器上运行 NTP"),
        ),
        Finding::judged(
            "encryption",
            encrypted,
            if encrypted {
                say!(language, "TLS, or no TCP at all", "使用 TLS，或不监听 TCP")
            } else {
                say!(language, "the server listens on TCP without TLS", "服务器监听 TCP 但未启用 TLS")
            },
            say!(
                language,
                "set ssl = on with ssl_cert_file and ssl_key_file, and use hostssl lines in pg_hba.conf",
                "设置 ssl = on 及 ssl_cert_file、ssl_key_file，并在 pg_hba.conf 中使用 hostssl"
            ),
        ),
        Finding::judged(
            "passwords",
            encryption == "scram-sha-256",
            encryption,
            say!(language, "set password_encryption = 'scram-sha-256'", "设置 password_encryption = 'scram-sha-256'"),
        ),
    ];
    let installed: bool = client.query_one("select to_regclass('sealdesk.schema_migration') is not null", &[]).await?.try_get(0)?;
    if !installed {
        findings.push(Finding::bad(
            "migrations",
            say!(language, "no installation in this database", "该数据库中没有安装"),
            say!(language, "run `sealdesk init`", "运行 sealdesk init"),
        ));
        return Ok(findings);
    }
    let applied: i32 = client.query_one("select coalesce(max(version), 0) from sealdesk.schema_migration", &[]).await?.try_get(0)?;
    findings.push(Finding::judged(
        "migrations",
        applied == migrate::newest(),
        {
            let newest = migrate::newest();
            say!(language, "{applied} of {newest}", "{applied} / {newest}")
        },
        say!(
            language,
            "run `sealdesk migrate`, or install the newer sealdesk when the database is ahead",
            "运行 sealdesk migrate；如数据库更新，请安装新版 sealdesk"
        ),
    ));
    findings.extend(grants(client, language).await?);
    findings.extend(hardening(client, language).await?);
    if applied == migrate::newest() {
        findings.extend(key_chains(client, language).await?);
        findings.extend(custodians(client, language).await?);
        findings.push(schedule(client, language).await?);
        findings.push(labels(client, language).await?);
        findings.push(indexes(client, language).await?);
        findings.extend(watching(client, language).await?);
    }
    Ok(findings)
}

/// What is older is late: the watch makes a checkpoint each minute.
const LATE_S: i64 = 5 * 60;

/// Whether anybody watches, and how old the newest checkpoint and each anchor are.
async fn watching(client: &Client, language: Language) -> Result<Vec<Finding>> {
    let row = client
        .query_one(
            "select w.login, w.until_at > clock_timestamp(), w.round_at::text, extract(epoch from clock_timestamp() - w.round_at)::bigint,
                    c.number, extract(epoch from clock_timestamp() - c.at)::bigint, c.login,
                    ',' || replace(current_setting('log_destination'), ' ', '') || ',' like '%,jsonlog,%' and current_setting('logging_collector') = 'on'
               from sealdesk.watch w left join (select * from sealdesk.checkpoint order by number desc limit 1) c on true",
            &[],
        )
        .await?;
    let (login, leads, since, ago): (Option<String>, bool, Option<String>, Option<i64>) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    let start = || {
        say!(
            language,
            "run `sealdesk watch` (assets/systemd/sealdesk-watch.service; README, \"The watch\")",
            "运行 sealdesk watch（assets/systemd/sealdesk-watch.service；见 README 的 “The watch”）"
        )
    };
    let mut findings = vec![match (leads, since) {
        (true, _) => {
            let (who, ago) = (login.unwrap_or_default(), span(ago.unwrap_or(0), language));
            Finding::good("watch", say!(language, "{who} watches, {ago} ago", "{who} 正在监控，最近一次在 {ago}前"))
        }
        (false, Some(since)) => {
            let ago = span(ago.unwrap_or(0), language);
            Finding::bad("watch", say!(language, "nobody watches since {since}, {ago} ago", "自 {since} 起无人监控，已有 {ago}"), start())
        }
        (false, None) => Finding::warning(
            "watch",
            say!(
                language,
                "nobody has ever watched: no alert is raised, no checkpoint made",
                "从未有人监控：不会产生告警，也不会生成检查点"
            ),
            start(),
        ),
    }];
    let (number, age, by): (Option<i64>, Option<i64>, Option<String>) = (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
    findings.push(match (number, age) {
        (Some(number), Some(age)) if age <= LATE_S || !leads => {
            let (ago, by) = (span(age, language), by.unwrap_or_default());
            let found = say!(language, "number {number}, {ago} ago, signed by {by}", "第 {number} 个，{ago}前，由 {by} 签名");
            if age <= LATE_S { Finding::good("checkpoint", found) } else { Finding::warning("checkpoint", found, start()) }
        }
        (Some(number), Some(age)) => {
            let ago = span(age, language);
            Finding::bad(
                "checkpoint",
                say!(language, "number {number}, {ago} ago, although somebody watches", "第 {number} 个，{ago}前，尽管有人监控"),
                say!(
                    language,
                    "look what the watch says (journalctl -u sealdesk-watch) and at the alerts",
                    "查看监控的日志（journalctl -u sealdesk-watch）和告警"
                ),
            )
        }
        _ => Finding::warning(
            "checkpoint",
            say!(language, "none: a deleted session would leave no trace", "没有：被删除的会话将不留痕迹"),
            start(),
        ),
    });
    findings.push(anchors(client, language).await?);
    let reads_log: bool = row.try_get(7)?;
    findings.push(if reads_log {
        Finding::good("failed logins", say!(language, "the server logs in JSON; `server_log` under [watch] has them read", "服务器以 JSON 记录日志；由 [watch] 下的 server_log 读取"))
    } else {
        Finding::warning(
            "failed logins",
            say!(language, "the server does not log in JSON, so guessed passphrases raise no alert", "服务器未以 JSON 记录日志，猜测口令不会产生告警"),
            say!(language, "set logging_collector = on and log_destination = 'jsonlog', and server_log under [watch] where the watch runs on that machine", "设置 logging_collector = on 和 log_destination = 'jsonlog'；如监控在该机器上运行，还须设置 [watch] 下的 server_log"),
        )
    });
    Ok(findings)
}

/// How far the anchors are, as the watch says.
async fn anchors(client: &Client, language: Language) -> Result<Finding> {
    let known = client
        .query(
            "select a.name, a.number, extract(epoch from clock_timestamp() - a.at)::bigint, a.error, extract(epoch from clock_timestamp() - a.failing_since)::bigint
               from sealdesk.anchor_state a order by a.name",
            &[],
        )
        .await?;
    let (mut found, mut failing, mut late) = (Vec::new(), false, false);
    for row in &known {
        let (name, number): (String, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let (age, error, since): (Option<i64>, Option<String>, Option<i64>) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        let reached = match (number, age) {
            (Some(number), Some(age)) => {
                let ago = span(age, language);
                say!(language, "{name} has checkpoint {number}, {ago} ago", "{name} 已有第 {number} 个检查点，{ago}前")
            }
            _ => say!(language, "{name} has none", "{name} 尚无检查点"),
        };
        late |= age.is_none_or(|age| age > LATE_S);
        found.push(match error {
            Some(error) => {
                failing = true;
                let long = span(since.unwrap_or(0), language);
                say!(language, "{reached}; failing for {long}: {error}", "{reached}；已失败 {long}：{error}")
            }
            None => reached,
        });
    }
    let found = found.join(&say!(language, "; ", "；"));
    Ok(if known.is_empty() {
        Finding::warning(
            "anchors",
            say!(
                language,
                "none: a database put back to an older copy is found only by who remembers it",
                "没有：数据库被恢复为旧副本时，只有记得的人才能发现"
            ),
            say!(
                language,
                "set anchors under [watch] in the configuration of the machine that watches",
                "在运行监控的机器的配置中设置 [watch] 下的 anchors"
            ),
        )
    } else if failing {
        Finding::bad(
            "anchors",
            found,
            say!(
                language,
                "make room or set the permission right; what waits is written by itself",
                "腾出空间或更正权限；待写内容会自动补写"
            ),
        )
    } else if late {
        Finding::warning(
            "anchors",
            found,
            say!(
                language,
                "see whether the watch runs, and whether this anchor is still configured",
                "检查监控是否在运行，以及该锚点是否仍在配置中"
            ),
        )
    } else {
        Finding::good("anchors", found)
    })
}

/// A length of time as people say it.
fn span(seconds: i64, language: Language) -> String {
    match seconds {
        ..120 => say!(language, "{seconds} s", "{seconds} 秒"),
        120..7_200 => {
            let count = seconds / 60;
            say!(language, "{count} min", "{count} 分钟")
        }
        7_200..172_800 => {
            let count = seconds / 3_600;
            say!(language, "{count} h", "{count} 小时")
        }
        _ => {
            let count = seconds / 86_400;
            say!(language, "{count} days", "{count} 天")
        }
    }
}

/// Whether the root that a configuration pins is the installation's.
///
/// # Errors
/// Whatever the server refuses.
pub async fn root(client: &Client, config: &Config, language: Language) -> Result<Option<Finding>> {
    let installed: bool = client.query_one("select to_regclass('sealdesk.installation') is not null", &[]).await?.try_get(0)?;
    let Some(pinned) = config.root_fingerprint.as_ref().filter(|_| installed) else { return Ok(None) };
    let Some(row) = client.query_opt("select root_public from sealdesk.installation where id = $1", &[&config.installation.0]).await?
    else {
        return Ok(None);
    };
    let found = fingerprint(&[&row.try_get::<_, Vec<u8>>(0)?]);
    Ok((!pinned.trim().eq_ignore_ascii_case(&found)).then(|| {
        Finding::bad(
            "root",
            say!(language, "the configuration pins {pinned}, and the installation's root is {found}", "配置固定的是 {pinned}，而安装的根为 {found}"),
            say!(language, "where a security officer exchanged the root and confirms the new fingerprint, set root_fingerprint to it; else find out who changed the database", "如安全管理员更换了根密钥并确认新指纹，请将 root_fingerprint 设为新值；否则请查明谁改动了数据库"),
        )
    }))
}

/// What every login of this database could do that only a superuser can take away, and what the server needs beyond its core.
async fn hardening(client: &Client, language: Language) -> Result<Vec<Finding>> {
    let row = client
        .query_one(
            "select to_regprocedure('sealdesk_crypto.hmac(bytea, bytea, text)') is not null,
                    coalesce((select string_agg(l.lanname, ', ') from pg_language l
                       where l.lanpltrusted and has_language_privilege('sealdesk_people', l.oid, 'usage')), ''),
                    (select count(*) from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace
                       and p.proname ~ '^(lo_|pg_(try_)?advisory_)|^(lowrite|loread|pg_notify)$' and has_function_privilege('sealdesk_people', p.oid, 'execute')),
                    pg_has_role('sealdesk_lifecycle', 'pg_signal_backend', 'usage')",
            &[],
        )
        .await?;
    let (extension, languages, functions, signal): (bool, String, i64, bool) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    Ok(vec![
        Finding::judged(
            "extension",
            extension,
            if extension {
                say!(language, "pgcrypto, for the second factor", "pgcrypto，用于双因素验证")
            } else {
                say!(language, "pgcrypto is missing", "缺少 pgcrypto")
            },
            say!(
                language,
                "install the server's contrib package and run `sealdesk migrate`",
                "安装服务器的 contrib 软件包，然后运行 sealdesk migrate"
            ),
        ),
        Finding::judged(
            "languages",
            languages.is_empty(),
            if languages.is_empty() {
                say!(language, "people cannot run code of their own", "人员不能运行自己的代码")
            } else {
                say!(language, "people can run {languages}", "人员可以运行 {languages}")
            },
            say!(
                language,
                "run `sealdesk migrate` with a superuser's URL, which closes them",
                "以超级用户的 URL 运行 sealdesk migrate 即可关闭"
            ),
        ),
        Finding::judged(
            "built-ins",
            functions == 0,
            if functions == 0 {
                say!(language, "no large objects, advisory locks or notices for people", "人员不能使用大对象、咨询锁或通知")
            } else {
                say!(language, "{functions} functions are open to people", "有 {functions} 个函数对人员开放")
            },
            say!(
                language,
                "run `sealdesk migrate` with a superuser's URL, which closes them",
                "以超级用户的 URL 运行 sealdesk migrate 即可关闭"
            ),
        ),
        Finding::judged(
            "leaving",
            signal,
            if signal {
                say!(language, "connections of people who leave can be ended", "可以结束离职人员的连接")
            } else {
                say!(language, "connections of people who leave stay open", "离职人员的连接会保持打开")
            },
            say!(
                language,
                "as a superuser: grant pg_signal_backend to sealdesk_lifecycle",
                "以超级用户执行：grant pg_signal_backend to sealdesk_lifecycle"
            ),
        ),
    ])
}

/// Whether every public key and every wrapped key has its chain to the root, and whether a rotation was left half way.
async fn key_chains(client: &Client, language: Language) -> Result<Vec<Finding>> {
    let (installation, root, directory, wraps) = keys::all_signed(client).await?;
    let signed = directory.len() + wraps.len();
    let catalogue = signed_catalogue(client, language, installation, &root, directory.clone()).await?;
    let problems = keyring::without_chain(installation, &root, directory, &wraps);
    let unfinished = client
        .query(
            "select c.code || ' (epoch ' || (select min(w.subject_generation) from sealdesk.wrapped_key w
                                              where w.content = 'value' and w.subject = c.code) || ' of ' || c.epoch || ')'
               from sealdesk.class c
              where exists (select from sealdesk.wrapped_key w where w.content = 'value' and w.subject = c.code and w.subject_generation < c.epoch)
              order by 1",
            &[],
        )
        .await?;
    let unfinished: Vec<String> = unfinished.iter().filter_map(|row| row.try_get(0).ok()).collect();
    Ok(vec![
        Finding::judged(
            "keys",
            problems.is_empty(),
            if problems.is_empty() {
                let root = fingerprint(&[&root]);
                say!(language, "{signed} signatures lead to the root {root}", "{signed} 个签名可追溯到根 {root}")
            } else {
                problems.join("; ")
            },
            say!(
                language,
                "find out who changed the database; a security officer then confirms the person again, or rotates the role or class",
                "查明谁改动了数据库；然后由安全管理员重新确认该人员，或轮换该角色或类别"
            ),
        ),
        Finding::judged(
            "rotation",
            unfinished.is_empty(),
            if unfinished.is_empty() {
                say!(language, "nothing is under old keys", "没有内容仍用旧密钥加密")
            } else {
                unfinished.join(", ")
            },
            say!(
                language,
                "run `sealdesk class reencrypt` as a security officer; it goes on where it was stopped",
                "以安全管理员身份运行 sealdesk class reencrypt，从停止处继续"
            ),
        ),
        catalogue,
    ])
}

/// Whether fields, kinds of record and keys are as an officer signed them last.
async fn signed_catalogue(
    client: &Client,
    language: Language,
    installation: InstallationId,
    root: &[u8],
    directory: Vec<DirectoryEntry>,
) -> Result<Finding> {
    let (newest, stored, told) = catalogue_statement::all(client).await?;
    let wrong = |found: String| {
        Finding::bad(
            "catalogue",
            found,
            say!(
                language,
                "nobody can write until a security officer has found out who changed it and runs `sealdesk catalogue sign`",
                "在安全管理员查明谁作了改动并运行 sealdesk catalogue sign 之前，任何人都不能写入"
            ),
        )
    };
    let Some(newest) = newest else {
        return Ok(wrong(say!(language, "no officer has signed fields and keys yet", "尚无管理员签署字段和密钥")));
    };
    let (number, signer) = (newest.number, newest.signer.clone());
    if !is_signed(installation, root, directory, &newest) {
        return Ok(wrong(say!(language, "statement {number} has no valid officer's signature", "声明 {number} 没有有效的管理员签名")));
    }
    if let Some(told) = told.filter(|told| *told > newest.number) {
        return Ok(wrong(say!(
            language,
            "the audit tells of statement {told}, and statement {number} is the newest there is",
            "审计提到声明 {told}，而现有最新声明为 {number}"
        )));
    }
    let (Ok(signed), Ok(stored)) = (serde_json::from_str::<SignedCatalogue>(&newest.body), serde_json::from_str(&stored)) else {
        return Ok(wrong(say!(language, "statement {number} cannot be read by this program", "本程序无法读取声明 {number}")));
    };
    let differences = signed.differences(&stored);
    Ok(if differences.is_empty() {
        Finding::good(
            "catalogue",
            say!(
                language,
                "fields, kinds of record and keys are as {signer} signed them (statement {number})",
                "字段、记录类型和密钥与 {signer} 签署的一致（声明 {number}）"
            ),
        )
    } else {
        let words: Vec<String> = differences.iter().map(|difference| difference.in_words(language)).collect();
        let words = words.join(&say!(language, "; ", "；"));
        wrong(say!(language, "not as {signer} signed it (statement {number}): {words}", "与 {signer} 签署的不符（声明 {number}）：{words}"))
    })
}

/// Whether custodians could make a new security officer if all were gone.
async fn custodians(client: &Client, language: Language) -> Result<Vec<Finding>> {
    let sets = recovery::sets(client).await?;
    if sets.is_empty() {
        return Ok(vec![Finding::warning(
            "recovery",
            say!(
                language,
                "no custodians: if every security officer is gone, so is the data",
                "没有保管人：如所有安全管理员都不在，数据也将无法恢复"
            ),
            say!(
                language,
                "as a security officer: sealdesk recovery set-up --threshold 2 --custodian NAME --custodian NAME --custodian NAME",
                "以安全管理员身份：sealdesk recovery set-up --threshold 2 --custodian NAME --custodian NAME --custodian NAME"
            ),
        )]);
    }
    let (installation, root, directory, _) = keys::all_signed(client).await?;
    let row = client
        .query_one(
            "select sealdesk.officers_generation(),
                    (select string_agg('set ' || r.number, ', ' order by r.number) from sealdesk.recovery_set r where r.retired_at is null and r.drilled_at is null),
                    (select string_agg('share ' || h.index || ' of set ' || h.set || ' (' || h.custodian || ')', ', ' order by h.set, h.index)
                       from sealdesk.recovery_share h join sealdesk.recovery_set r on r.number = h.set
                      where r.retired_at is null and coalesce(h.last_checked_at, r.created_at) < clock_timestamp() - interval '180 days')",
            &[],
        )
        .await?;
    let (newest, untried, unchecked): (Option<i32>, Option<String>, Option<String>) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let mut findings = Vec::new();
    for (set, deposit) in &sets {
        let number = set.number;
        if !set.is_signed(installation, &root, &directory, Some(deposit)) {
            findings.push(Finding::bad(
                "recovery",
                say!(language, "set {number}, or what is sealed to it, has no valid officer's signature", "恢复组 {number} 或其封存内容没有有效的管理员签名"),
                say!(language, "find out who changed the database; then, as a security officer, sealdesk recovery renew, or set up a new one where that refuses", "查明谁改动了数据库；然后以安全管理员身份运行 sealdesk recovery renew，如被拒绝则设立新的恢复组"),
            ));
        } else if Some(deposit.generation) != newest {
            findings.push(Finding::bad(
                "recovery",
                say!(language, "set {number} holds an officers' key that is no longer used", "恢复组 {number} 中的管理员密钥已不再使用"),
                say!(language, "as a security officer: sealdesk recovery renew", "以安全管理员身份：sealdesk recovery renew"),
            ));
        }
    }
    if let Some(untried) = untried {
        findings.push(Finding::warning(
            "recovery",
            say!(language, "never tried: {untried}", "从未演练：{untried}"),
            say!(language, "with the custodians: sealdesk recovery drill", "与保管人一起：sealdesk recovery drill"),
        ));
    }
    if let Some(unchecked) = unchecked {
        findings.push(Finding::warning(
            "recovery",
            say!(language, "not seen for 180 days: {unchecked}", "180 天未核对：{unchecked}"),
            say!(language, "with each custodian: sealdesk recovery check", "与每位保管人一起：sealdesk recovery check"),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            "recovery",
            say!(language, "custodians can make a security officer: tried, and up to date", "保管人可以恢复安全管理员：已演练，且为最新"),
        ));
    }
    Ok(findings)
}

/// Keys that are older than they may be.
async fn schedule(client: &Client, language: Language) -> Result<Finding> {
    let overdue: Option<String> = client
        .query_one(
            "select string_agg(x.kind || ' ' || x.name, ', ' order by x.kind, x.name) from sealdesk.rotation_schedule() x where x.overdue",
            &[],
        )
        .await?
        .try_get(0)?;
    Ok(match overdue {
        None => Finding::good("schedule", say!(language, "no keys are older than they may be", "没有超期的密钥")),
        Some(overdue) => Finding::warning(
            "schedule",
            say!(language, "keys older than they may be: {overdue}", "超期的密钥：{overdue}"),
            say!(
                language,
                "as a security officer, best by a timer: sealdesk class rotate --due, sealdesk role rotate --due",
                "以安全管理员身份，最好定时执行：sealdesk class rotate --due、sealdesk role rotate --due"
            ),
        ),
    })
}

/// Labels that no active person is cleared for: what bears them is there for nobody.
async fn labels(client: &Client, language: Language) -> Result<Finding> {
    let orphaned = client
        .query(
            "select l.code, x.compartments, x.records, x.numbers[1:5]
               from (select r.label, r.compartments, count(*) as records, array_agg(k.prefix || '-' || lpad(r.number::text, greatest(6, length(r.number::text)), '0') order by r.number) as numbers
                       from sealdesk.record r join sealdesk.record_kind k on k.code = r.kind where r.labelled group by r.label, r.compartments) x
               join sealdesk.clearance_level l on l.rank = x.label
              where not exists (select from sealdesk.person p where p.state = 'active' and p.clearance >= x.label and x.compartments <@ p.compartments)
              order by x.label, x.compartments",
            &[],
        )
        .await?;
    let mut found = Vec::new();
    let mut mend = Vec::new();
    for row in &orphaned {
        let (level, compartments, records): (String, Vec<String>, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let numbers: Vec<String> = row.try_get(3)?;
        let more = if records > 5 { ", ..." } else { "" };
        let label = [std::slice::from_ref(&level), &compartments].concat().join(", ");
        let numbers = numbers.join(", ");
        found.push(say!(
            language,
            "nobody is cleared for {label}: {records} records ({numbers}{more})",
            "没有人有 {label} 的密级：{records} 条记录（{numbers}{more}）"
        ));
        let clear = ["sealdesk staff clear USER", level.as_str()].into_iter();
        mend.push(clear.chain(compartments.iter().flat_map(|code| ["--compartment", code.as_str()])).collect::<Vec<_>>().join(" "));
    }
    Ok(if found.is_empty() {
        Finding::good("labels", say!(language, "somebody is cleared for every label", "每个标签都有人有相应密级"))
    } else {
        Finding::warning("labels", found.join("; "), {
            let mend = mend.join(", ");
            say!(language, "as a security officer: {mend}", "以安全管理员身份：{mend}")
        })
    })
}

/// Indexes that tell more than they may.
async fn indexes(client: &Client, language: Language) -> Result<Finding> {
    client.execute("select sealdesk.check_indexes()", &[]).await?;
    let leaking = client
        .query("select x.field, round((100.0 * x.largest / x.records)::numeric)::bigint from sealdesk.leaking_indexes() x", &[])
        .await?;
    let mut found = Vec::new();
    for row in &leaking {
        let (field, share): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        found.push(say!(
            language,
            "{field} (the most common term is in {share} % of the values)",
            "{field}（最常见的词出现在 {share}% 的值中）"
        ));
    }
    Ok(if found.is_empty() {
        Finding::good("indexes", say!(language, "no index tells more than it may", "没有索引泄露过多"))
    } else {
        Finding::warning(
            "indexes",
            {
                let found = found.join(&say!(language, ", ", "、"));
                say!(language, "these tell whoever has the database too much: {found}", "以下索引向持有数据库者泄露过多：{found}")
            },
            say!(
                language,
                "as a security officer: sealdesk field measure FIELD, then sealdesk field change FIELD --index with fewer modes, or none",
                "以安全管理员身份：先运行 sealdesk field measure FIELD，再以 sealdesk field change FIELD --index 减少或取消搜索方式"
            ),
        )
    })
}

/// Any privilege that a person holds on a table, and any function open to everybody.
async fn grants(client: &Client, language: Language) -> Result<Vec<Finding>> {
    let held = client
        .query(
            "select distinct p.login || ' on ' || c.oid::regclass::text
               from sealdesk.person p join pg_roles r on r.rolname = p.login, pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname in ('sealdesk', 'sealdesk_api', 'sealdesk_lifecycle') and c.relkind in ('r', 'p', 'v', 'S')
                and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate, references, trigger')",
            &[],
        )
        .await?;
    let open = client
        .query(
            "select f.oid::regprocedure::text from pg_proc f join pg_namespace n on n.oid = f.pronamespace
              where n.nspname like 'sealdesk%' and n.nspname <> 'sealdesk_crypto' and exists (select from aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a where a.grantee = 0)",
            &[],
        )
        .await?;
    let list = |rows: &[tokio_postgres::Row]| rows.iter().filter_map(|row| row.try_get::<_, String>(0).ok()).collect::<Vec<_>>().join(", ");
    Ok(vec![
        Finding::judged(
            "grants",
            held.is_empty(),
            if held.is_empty() { say!(language, "no person holds a table privilege", "没有人员持有表权限") } else { list(&held) },
            say!(language, "revoke all on these tables from these logins", "收回这些登录对这些表的全部权限"),
        ),
        Finding::judged(
            "functions",
            open.is_empty(),
            if open.is_empty() { say!(language, "none is open to everybody", "没有对所有人开放的函数") } else { list(&open) },
            say!(language, "run `sealdesk migrate`, which sets the grants again", "运行 sealdesk migrate，重新设置权限"),
        ),
    ])
}
