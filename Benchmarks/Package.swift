// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "swift-convolution-benchmarks",
  products: [.executable(name: "conv2d-bench", targets: ["Conv2dBenchmark"])],
  dependencies: [
    .package(name: "swift-convolution", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // The library's own door to OpenBLAS is no product; the peak of its GEMM is measured through this one.
    .systemLibrary(
      name: "CBenchmarkBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .target(name: "CBenchmarkYardsticks"),
    .executableTarget(
      name: "Conv2dBenchmark",
      dependencies: [
        "CBenchmarkBLAS", "CBenchmarkYardsticks",
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionIO", package: "swift-convolution"),
        .product(name: "ConvolutionLayers", package: "swift-convolution"),
        .product(name: "_ConvolutionReference", package: "swift-convolution"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.embedInCode("Resources/layers.json")],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6])
