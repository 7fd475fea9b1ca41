@main struct Faces { static func main() {} }
