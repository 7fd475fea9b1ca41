/// How much processor time a container may use: what Linux's control groups say, version 2 (`cpu.max`) and 1
/// (`cpu.cfs_quota_us`), for the process's own group and those it lies in.
///
/// `docs.kernel.org/admin-guide/cgroup-v2.html`, and `proc_pid_mountinfo(5)` for where they are mounted.
struct ProcessorQuota: Equatable {
  /// Microseconds of processor time in each period of so many microseconds.
  var time, period: Int

  /// The threads that can be busy all the time, rounded up: half a core serves one thread, one and a half serve two.
  var threads: Int { time / period + (time % period > 0 ? 1 : 0) }

  private init?(time: Int, period: Int) {
    guard time > 0, period > 0 else { return nil }
    self.time = time
    self.period = period
  }

  /// Reads `cpu.max`: `150000 100000`. `max` is no quota, and so is what cannot be understood.
  init?(maximum: String) {
    let numbers = maximum.split(whereSeparator: \.isWhitespace).map { Int($0) }
    guard numbers.count == 2, let time = numbers[0], let period = numbers[1] else { return nil }
    self.init(time: time, period: period)
  }

  /// Reads `cpu.cfs_quota_us` and `cpu.cfs_period_us`. A quota of -1 is none.
  init?(quota: String, period: String) {
    self.init(maximum: "\(quota) \(period)")
  }

  /// The tightest of those that bind this process, or `nil` where none does.
  ///
  /// - Parameter read: The text of a file, or `nil` where there is none.
  static func current(read: (_ path: String) -> String?) -> ProcessorQuota? {
    guard let membership = read("/proc/self/cgroup"), let mounts = read("/proc/self/mountinfo") else { return nil }
    let quotas = hierarchies(membership: membership, mounts: mounts).flatMap { hierarchy in
      hierarchy.folders.compactMap { folder in
        if hierarchy.isUnified { return read("\(folder)/cpu.max").flatMap(ProcessorQuota.init(maximum:)) }
        guard let quota = read("\(folder)/cpu.cfs_quota_us"), let period = read("\(folder)/cpu.cfs_period_us") else {
          return nil
        }
        return ProcessorQuota(quota: quota, period: period)
      }
    }
    return quotas.min { $0.threads < $1.threads }
  }

  /// One mounted tree of groups, and the folders on the way from the process's group to the tree's root.
  struct Hierarchy: Equatable {
    var isUnified: Bool
    var folders: [String]
  }

  /// The trees that limit processor time.
  static func hierarchies(membership: String, mounts: String) -> [Hierarchy] {
    mounts.split(separator: "\n").compactMap { line in
      // 36 35 98:0 ROOT MOUNT-POINT OPTIONS [optional fields] - TYPE SOURCE SUPER-OPTIONS
      let fields = line.split(separator: " ").map(String.init)
      guard let dash = fields.firstIndex(of: "-"), dash >= 5, fields.count > dash + 3 else { return nil }
      let isUnified = fields[dash + 1] == "cgroup2"
      guard isUnified || (fields[dash + 1] == "cgroup" && fields[dash + 3].split(separator: ",").contains("cpu")),
        let group = group(in: membership, isUnified: isUnified)
      else { return nil }
      return Hierarchy(isUnified: isUnified, folders: folders(of: group, root: fields[3], mountPoint: fields[4]))
    }
  }

  /// The process's group in one tree: a line `0::/path`, or `4:cpu,cpuacct:/path`.
  private static func group(in membership: String, isUnified: Bool) -> String? {
    for line in membership.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if isUnified ? parts[1].isEmpty : parts[1].split(separator: ",").contains("cpu") { return String(parts[2]) }
    }
    return nil
  }

  /// A container sees its own group mounted: the part of the path above it is not there.
  private static func folders(of group: String, root: String, mountPoint: String) -> [String] {
    var names = group.split(separator: "/")
    let hidden = root.split(separator: "/")
    names = names.starts(with: hidden) && !names.contains("..") ? Array(names.dropFirst(hidden.count)) : []
    return (0...names.count).reversed().map { depth in
      ([mountPoint] + names.prefix(depth).map(String.init)).joined(separator: "/")
    }
  }
}
