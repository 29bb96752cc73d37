//! Failures of the libraries in Chinese. What has no words here is told in English.

use linli_node::NodeError;
use linli_store::StoreError;
use linli_wire::limits::FIELD_BYTES_MAX;
use linli_workbook::ImportError;

/// The message for a failure, with its causes.
pub fn message(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<NodeError>() {
        return node(error);
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return store(error);
    }
    if let Some(error) = error.downcast_ref::<ImportError>() {
        return match error {
            ImportError::Store(source) => store(source),
            other => Some(other.zh()),
        };
    }
    error.downcast_ref::<linli_model::EditError>().map(linli_model::EditError::zh)
}

fn node(error: &NodeError) -> Option<String> {
    Some(match error {
        NodeError::Store(source) => return store(source),
        NodeError::Net(source) => format!("网络连接失败：{source}"),
        NodeError::Session { peer, reason } => format!("与 {peer} 的同步中断：{reason}"),
        NodeError::UnknownDevice(device) => format!("设备 {device} 在本域没有授权；请先邀请它，或它已被吊销"),
        NodeError::NoRealm => "本机尚未加入任何域；请先运行 `linli join`".to_owned(),
        NodeError::NoGrant => "本设备没有有效授权；请向上级索取邀请码".to_owned(),
        NodeError::NotRoot => "本机没有根密钥；请在 `linli realm init` 所建的目录上运行".to_owned(),
        NodeError::OtherRootAnnounced(key) => format!("根预告的下一任密钥不是 {key}；请用当时另存的密钥"),
        NodeError::BadMove(why) => format!("单位不能这样划转：{why}"),
        NodeError::NoParent => {
            "本机没有上级；请用 `linli join` 加入，或用 `linli hubs add` 增加上级".to_owned()
        }
        NodeError::TooManyParents(limit) => {
            format!("上级已有 {limit} 台，达到上限；请先用 `linli hubs remove` 去掉一台")
        }
        NodeError::BadInvitation(why) => format!("邀请码无法读取（{why}）；请完整复制，开头为 LINLI1:"),
        NodeError::ExpiredInvitation(day) => format!("邀请码已于 {day} 到期；请向上级索取新的邀请码"),
        NodeError::UsedInvitation(device) => {
            format!("邀请码已被另一台设备（{device}）使用；每个邀请码只能用一次，请索取新的")
        }
        NodeError::ForeignInvitation => "邀请码不是由这台上级机器签发的；请使用随邀请码给出的地址".to_owned(),
        NodeError::RefusedByHub(reason) => format!("上级拒绝：{reason}"),
        NodeError::BadAnswer(why) => format!("上级的答复无法读取：{why}"),
        NodeError::OtherRealm { expected, found } => {
            format!("对方属于域 {found}，邀请码属于域 {expected}；请勿加入，并核实邀请码来源")
        }
        NodeError::Read { path, source } => format!("无法读取 {}：{source}", path.display()),
        NodeError::Write { path, source } => format!("无法写入 {}：{source}", path.display()),
        NodeError::BadFile { path, what, reason } => {
            format!("{} 不是{}：{reason}", path.display(), file(what))
        }
        NodeError::BadUnits { path, line, reason } => {
            format!("{} 第 {line} 行：{reason}", path.display())
        }
        NodeError::BundleForOther(device) => format!("数据包是为另一台设备加密的；请为 {device} 重新导出"),
        NodeError::SplitTooSmall { bytes, least } => {
            format!("数据包每份不能限为 {bytes} 字节，至少 {least} 字节；请调大 --split")
        }
        NodeError::NoRecipient(unit) => format!("本机不知道 {unit} 有哪台机器；请先同步一次"),
        NodeError::NothingToErase(document) => {
            format!("本机没有文档 {document} 的内容：已删除，或从未送达；`linli erase --list` 列出已删除的")
        }
        NodeError::BadReason(bytes) => format!("理由有 {bytes} 字节；须为 1 至 {FIELD_BYTES_MAX} 字节"),
        NodeError::Evaluation(why) => format!("评估失败：{why}"),
        NodeError::UnknownItem { unit, item, known } => {
            format!("{unit} 的标准没有项目 {item}；有：{known}")
        }
        _ => return None,
    })
}

fn file(what: &str) -> &str {
    match what {
        "list of units" => "单位名册",
        "join request" => "加入申请",
        "grant file" => "授权文件",
        "bundle" => "数据包",
        other => other,
    }
}

fn store(error: &StoreError) -> Option<String> {
    Some(match error {
        StoreError::Locked(path) => format!("另一个 linli 正在使用 {}", path.display()),
        StoreError::NotInitialised(path) => format!(
            "{} 中没有数据；请先运行 `linli realm init`、`linli hub init` 或 `linli join`",
            path.display()
        ),
        StoreError::AlreadyInitialised(path) => format!("{} 已有数据；请用 --data 另选目录", path.display()),
        StoreError::NewerVersion(path) => {
            format!("{} 由更新版本的 linli 写成；请安装该版本或更新的版本", path.display())
        }
        StoreError::WrongKey { path } => {
            format!(
                "{} 无法用其密钥打开：数据库或密钥文件已损坏或不配套；请从同一份备份恢复两者",
                path.display()
            )
        }
        StoreError::File { path, source } => format!("无法使用 {}：{source}", path.display()),
        StoreError::DiskFull => "磁盘已满；请腾出空间后重试，本次内容均未保存".to_owned(),
        StoreError::AttachmentSize { bytes, most } => {
            format!("不能附 {bytes} 字节的文件：须有 1 至 {most} 字节；请压缩后再附")
        }
        StoreError::AttachmentRead(source) => format!("文件无法读写：{source}"),
        StoreError::AttachmentQuota { bytes, used, quota } => format!(
            "附件没有 {bytes} 字节的余地：已占 {used}，限额 {quota}；可用 `linli attach limits --quota` 提高"
        ),
        StoreError::NoAttachment(hash) => {
            format!("附件 {hash} 的内容不在本机；请用 `linli attach fetch` 索取，然后同步")
        }
        StoreError::DamagedAttachment(hash) => {
            format!("附件 {hash} 的内容已损坏；请运行 `linli doctor`，再重新索取")
        }
        StoreError::NotAllowed { space, reason } => {
            format!("本设备不能写入 {space}（{reason}）；请向上级申请授权")
        }
        StoreError::NoGrant(space) => format!("本设备没有写入 {space} 的授权；请向上级申请"),
        StoreError::Erased(document) => format!("文档 {document} 已被删除，不能再写入；请新建"),
        StoreError::NotHeld(entry) => format!("未生效条目中没有 {entry}；`linli held list` 列出这些条目"),
        StoreError::NotReauthored { entry, why } => format!("条目 {entry} 不能重写：{why}"),
        StoreError::WrittenAgain { entry, again } => format!("条目 {entry} 已经重写过，见 {again}"),
        StoreError::Edit { source, .. } => source.zh(),
        _ => return None,
    })
}
