@testable import Convolution
import Glibc
import Testing

/// How many threads a call uses: cores, quota, environment, scope.
struct ThreadLimitTests {
  // MARK: Control groups

  @Test(
    arguments: [
      ("max 100000\n", nil), ("150000 100000\n", 2), ("50000 100000", 1), ("200000 100000", 2), ("100001 100000", 2),
      ("", nil), ("150000", nil), ("0 100000", nil), ("-1 100000", nil), ("150000 0", nil), ("x y", nil),
      ("150000 100000 7", nil), ("99999999999999999999 1", nil), ("9223372036854775807 1", Int.max),
    ] as [(String, Int?)])
  func maximum(text: String, threads: Int?) {
    #expect(ProcessorQuota(maximum: text)?.threads == threads)
  }

  @Test func version1() {
    #expect(ProcessorQuota(quota: "-1\n", period: "100000\n") == nil)
    #expect(ProcessorQuota(quota: "50000\n", period: "100000\n")?.threads == 1)
    #expect(ProcessorQuota(quota: "", period: "100000\n") == nil)
  }

  private func quota(_ files: [String: String]) -> Int? {
    ProcessorQuota.current { files[$0] }?.threads
  }

  private let unified = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"

  /// The tightest of the process's own group and those it lies in.
  @Test func nestedGroups() {
    var files = [
      "/proc/self/cgroup": "0::/system.slice/app.service\n",
      "/proc/self/mountinfo": "24 1 8:1 / / rw - ext4 /dev/a rw\n" + unified,
    ]
    #expect(quota(files) == nil)
    files["/sys/fs/cgroup/system.slice/cpu.max"] = "400000 100000\n"
    #expect(quota(files) == 4)
    files["/sys/fs/cgroup/system.slice/app.service/cpu.max"] = "max 100000\n"
    #expect(quota(files) == 4)
    files["/sys/fs/cgroup/system.slice/app.service/cpu.max"] = "250000 100000\n"
    #expect(quota(files) == 3)
    files["/sys/fs/cgroup/system.slice/app.service/cpu.max"] = "nonsense"
    #expect(quota(files) == 4)
  }

  /// In a container's own name space, and in one that sees the host's paths with its own group mounted.
  @Test func containers() {
    #expect(
      quota([
        "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": unified, "/sys/fs/cgroup/cpu.max": "150000 100000\n",
      ]) == 2)
    #expect(
      quota([
        "/proc/self/cgroup": "5:memory:/docker/a\n4:cpu,cpuacct:/docker/a\n",
        "/proc/self/mountinfo":
          "30 23 0:27 /docker/a /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
          + "31 23 0:28 /docker/a /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ]) == 1)
    #expect(
      quota([
        "/proc/self/cgroup": "0::/../../other\n", "/proc/self/mountinfo": unified,
        "/sys/fs/cgroup/cpu.max": "300000 100000\n",
      ]) == 3)
  }

  @Test func systemsWithout() {
    #expect(quota([:]) == nil)
    #expect(quota(["/proc/self/cgroup": "garbage\n::\n", "/proc/self/mountinfo": "1 2 3\n- -\n\n" + unified]) == nil)
    #expect(SystemText.file("/proc/self/cgroup") != nil)
    #expect(SystemText.file("/proc/self/no such file") == nil)
    #expect(SystemText.file("/proc") == nil)
  }

  // MARK: The environment

  @Test(
    arguments: [
      ("1", 1), (" 4\n", 4), ("1024", 1024), ("0", nil), ("-2", nil), ("1025", nil), ("two", nil), ("", nil),
      ("2.5", nil), ("99999999999999999999", nil), ("  ", nil),
    ] as [(String, Int?)])
  func environment(text: String, threads: Int?) {
    #expect(ThreadLimits.threads(named: text) == threads)
  }

  @Test func leastOfAll() {
    let quota = ProcessorQuota(maximum: "250000 100000")
    #expect(ThreadLimits.Known(quota: nil, environment: nil).threads(cores: 8) == 8)
    #expect(ThreadLimits.Known(quota: quota, environment: nil).threads(cores: 8) == 3)
    #expect(ThreadLimits.Known(quota: quota, environment: "2").threads(cores: 8) == 2)
    #expect(ThreadLimits.Known(quota: quota, environment: "0").threads(cores: 8) == 3)
    #expect(ThreadLimits.Known(quota: quota, environment: "16").threads(cores: 2) == 2)
  }

  /// Read once, and again when asked; a layer that names its threads is not concerned.
  @Test func environmentIsReadWhenAsked() async {
    await #expect(processExitsWith: .success) {
      unsafe setenv("CONVOLUTION_THREADS", "1", 1)
      #expect(Device.cpu.threads == 1)
      unsafe setenv("CONVOLUTION_THREADS", "nonsense", 1)
      #expect(Device.cpu.threads == 1)
      Device.updateThreadLimits()
      #expect(
        Device.cpu.threads
          == ThreadLimits.Known(
            quota: ProcessorQuota.current(read: SystemText.file), environment: nil
          ).threads(cores: Processor.activeCores))
      let seven = try Device.cpu(threads: 7)
      #expect(seven.threads == 7)
    }
  }

  // MARK: Scopes

  @Test func scopes() throws {
    let device = try Device.cpu(threads: 8)
    #expect(withConvolutionThreads(atMost: 2) { device.threads } == 2)
    #expect(withConvolutionThreads(atMost: 100) { device.threads } == 8)
    #expect(withConvolutionThreads(atMost: 2) { withConvolutionThreads(atMost: 5) { device.threads } } == 2)
    #expect(withConvolutionThreads(atMost: 5) { withConvolutionThreads(atMost: 2) { device.threads } } == 2)
    #expect(withConvolutionThreads(atMost: 1) { Device.cpu.threads } == 1)
    for threads in [0, -1, Int.min] { #expect(withConvolutionThreads(atMost: threads) { device.threads } == 1) }
    #expect(device.threads == 8)
    #expect(throws: ConvolutionError.duplicateName("a")) {
      try withConvolutionThreads(atMost: 2) { () throws(ConvolutionError) in throw .duplicateName("a") }
    }
    #expect(device.threads == 8)
  }

  @Test func asynchronousScopes() async throws {
    let device = try Device.cpu(threads: 8)
    let threads = await withConvolutionThreads(atMost: 2) {
      await Task.yield()
      async let child = device.threads
      return await [child, device.threads, Task { device.threads }.value, Task.detached { device.threads }.value]
    }
    #expect(threads == [2, 2, 2, 8])
    await #expect(throws: CancellationError.self) {
      try await withConvolutionThreads(atMost: 2) { () async throws in throw CancellationError() }
    }
    #expect(device.threads == 8)
  }
}
