// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "swift-convolution-fuzz",
  products: [.executable(name: "convolution-fuzz", targets: ["ConvolutionFuzz"])],
  dependencies: [.package(name: "swift-convolution", path: "..")],
  targets: [
    .executableTarget(
      name: "ConvolutionFuzz",
      dependencies: [
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "_ConvolutionReference", package: "swift-convolution"),
      ],
      swiftSettings: [
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ],
  swiftLanguageModes: [.v6])
